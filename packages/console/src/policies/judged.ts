/** Exclusions before they are saved: what they become, and what else would pass with them. */
import type { EventStore } from '@sluice/hub';
import {
  type BlockedEvent,
  type Effect,
  type ExclusionObject,
  effectOf,
  type InForce,
} from '@sluice/hub/promote';
import { stringify } from 'yaml';
import type { PolicyDesk } from './desk.ts';

export interface PolicyView {
  readonly store: EventStore;
  readonly desk: PolicyDesk | null;
  /** Those of a policy that hold now, wherever it stands; empty where nobody knows it. */
  readonly inForce: (policy: string) => Promise<readonly InForce[]>;
  /** Whether the store shows some namespaces only. */
  readonly confined: boolean;
}

export interface Judged {
  readonly policy: string;
  readonly file: string | null;
  readonly exclusions: readonly ExclusionObject[];
  readonly secLang: string;
  /** For a sluice.yaml; the entries are those of a WAFPolicy, too. */
  readonly yaml: string;
  /** Null where nothing is chosen. */
  readonly effect: Effect | null;
  /** What has to be typed; null: nothing. */
  readonly confirmation: string | null;
  readonly confined: boolean;
}

export interface ToJudge {
  readonly policy: string;
  readonly exclusions: readonly ExclusionObject[];
  /** The one that it is about; null: none more than others. */
  readonly event: BlockedEvent | null;
  readonly inForce: readonly InForce[];
  /** How far back stored events are looked at. */
  readonly days: number;
}

const DAY = 86_400_000;

/** @throws HubError of stores */
export async function judged(asked: ToJudge, { store, desk, confined }: PolicyView): Promise<Judged> {
  const { policy, exclusions, days, ...more } = asked;
  const to = Date.now() + 1;
  const effect =
    exclusions.length === 0
      ? null
      : await effectOf(store, { ...more, policy, exclusions, from: to - days * DAY, to });
  const isWide = exclusions.some(({ paths }) => paths === undefined || paths.length === 0);
  return {
    ...{ policy, exclusions, effect, confined, file: desk?.file ?? null },
    secLang: desk === null ? '' : exclusions.map((each) => desk.secLangOf(each)).join('\n'),
    yaml:
      exclusions.length === 0 ? '' : stringify({ policies: { [policy]: { exclusions } } }, { lineWidth: 0 }),
    confirmation: effect !== null && (effect.attacks > 0 || isWide) ? policy : null,
  };
}

export interface Words {
  readonly owner: string;
  /** ISO 8601; null: it has no end. */
  readonly expires: string | null;
}

/** With who answers for it, and until when. */
export const withWords = (exclusion: ExclusionObject, { owner, expires }: Words): ExclusionObject => ({
  ...exclusion,
  ...(owner === '' ? {} : { owner }),
  ...(expires === null ? {} : { expires }),
});
