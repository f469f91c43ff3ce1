/** Calico's kinds, and who has them in hand in this cluster: see ../calico/. */
import { CALICO_KINDS, type CalicoKind } from '../calico/kinds.ts';
import type { CalicoPresence } from '../calico/presence.ts';
import type { RawCalicoObject } from '../calico/report.ts';
import { type CalicoInput, memoised } from '../calico/state.ts';
import { type CalicoObjects, NO_CALICO_OBJECTS } from '../calico/translate.ts';
import type { Reflector } from '../cluster/reflector.ts';
import type { RawObject } from '../cluster/source.ts';
import { SYSTEM_NAMESPACE } from '../kinds/names.ts';
import type { Sluice } from '../kinds/objects.ts';
import { memo } from './memo.ts';
import { metadataOf } from './metadata.ts';
import type { Watches } from './watches.ts';

const OPERATOR = 'tigera-operator';
const KIND_NAMES = Object.keys(CALICO_KINDS) as readonly CalicoKind[];

const calicoObject = (raw: RawObject): RawCalicoObject => ({ metadata: metadataOf(raw), spec: raw.spec });

/** The group that an APIService serves by a server of its own. */
function aggregatedGroup({ spec }: RawObject): string | null {
  const { group = '', service } = (spec ?? {}) as { readonly group?: string; readonly service?: unknown };
  return service === undefined || service === null ? null : group;
}

function variantOf({ spec, status }: RawObject): string {
  const { variant: asked } = (spec ?? {}) as { readonly variant?: string };
  const { variant: made } = (status ?? {}) as { readonly variant?: string };
  return made ?? asked ?? '';
}

export class CalicoMirror {
  readonly #kinds: readonly (readonly [CalicoKind, Reflector<RawCalicoObject>])[];
  readonly #services: Reflector<string>;
  readonly #operators: Reflector<true>;
  readonly #installations: Reflector<string>;
  readonly #input = memoised();
  readonly #namespace: string;
  readonly #objects = memo((...snapshots: readonly ReadonlyMap<string, RawCalicoObject>[]): CalicoObjects => {
    const found: Record<CalicoKind, readonly RawCalicoObject[]> = { ...NO_CALICO_OBJECTS };
    for (const [at, kind] of KIND_NAMES.entries()) found[kind] = [...(snapshots[at]?.values() ?? [])];
    return found;
  });

  /** @param namespace that Sluice runs in */
  constructor(watches: Watches, namespace: string = SYSTEM_NAMESPACE) {
    this.#namespace = namespace;
    this.#kinds = KIND_NAMES.map((kind) => {
      const { group, version, plural } = CALICO_KINDS[kind];
      const path = `/apis/${group}/${version}/${plural}`;
      const name = `${kind}.${group}`;
      return [kind, watches.add({ name, path, optional: true, project: calicoObject })] as const;
    });
    const common = { optional: true };
    this.#services = watches.add({
      ...{ ...common, name: 'APIService', path: '/apis/apiregistration.k8s.io/v1/apiservices' },
      project: aggregatedGroup,
    });
    this.#operators = watches.add({
      ...{ ...common, name: 'Deployment', path: `/apis/apps/v1/namespaces/${OPERATOR}/deployments` },
      ...{ metadataOnly: true, fieldSelector: `metadata.name=${OPERATOR}` },
      project: () => true as const,
    });
    this.#installations = watches.add({
      ...{ ...common, name: 'Installation', path: '/apis/operator.tigera.io/v1/installations' },
      project: variantOf,
    });
  }

  input(sluice: Sluice | null): CalicoInput {
    const snapshots = this.#kinds.map(([, reflector]) => reflector.snapshot());
    const objects = this.#objects(...snapshots);
    return this.#input({ objects, presence: this.#presence(), sluice, systemNamespace: this.#namespace });
  }

  /** Where it may not be seen who has Calico's kinds in hand, somebody has: two that act on one object do harm. */
  #presence(): CalicoPresence {
    const [variant = null] = [...this.#installations.snapshot().values()].sort();
    const isHidden = [this.#services, this.#operators, this.#installations].some(
      ({ status }) => status.state === 'forbidden',
    );
    return {
      aggregatedGroups: [...new Set(this.#services.snapshot().values())].sort(),
      operator: isHidden || this.#operators.snapshot().size > 0,
      installationVariant: variant,
    };
  }
}
