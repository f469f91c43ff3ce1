/** Who has Calico's kinds in hand in this cluster. */
import { OPERATOR_GROUP, PROJECT_GROUP } from './kinds.ts';

/** What a cluster has of Calico, as the API server lists it. */
export interface CalicoPresence {
  /** Groups that an API server of Calico's own serves (an APIService with a Service behind it). */
  readonly aggregatedGroups: readonly string[];
  /** Whether the Deployment tigera-operator is there. */
  readonly operator: boolean;
  /** `spec.variant` or `status.variant` of the Installation; `''` where it says none, null where there is no Installation. */
  readonly installationVariant: string | null;
}

/** Of the open-source product, whose operator has no controller for any of the kinds that are read here. */
const OPEN_SOURCE = 'Calico';

/**
 * A controller of Calico's manages these kinds where the enterprise product is installed, or where its API server owns them. The operator alone,
 * before it has an Installation, may become either: it counts.
 *
 * @returns what manages them, in words; null where nothing does
 */
export function managerOf({
  aggregatedGroups,
  operator,
  installationVariant,
}: CalicoPresence): string | null {
  if (installationVariant === OPEN_SOURCE) return null;
  if (installationVariant !== null) {
    const variant =
      installationVariant === '' ? 'whose variant is not known' : `of variant ${installationVariant}`;
    return `the Installation of ${OPERATOR_GROUP} ${variant}`;
  }
  if (operator) return 'the Deployment tigera-operator, which has no Installation yet';
  const group = aggregatedGroups.find((each) => each.endsWith(PROJECT_GROUP));
  return group === undefined ? null : `an API server of its own, which serves ${group}`;
}
