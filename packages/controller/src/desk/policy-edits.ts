/** Changes of a policy by the name that events have of it: its exclusions, and how far it blocks. */
import type { Exclusion } from '../kinds/objects.ts';
import { lookAtService, type Seen, viewOf } from '../view/look.ts';
import { type EditPlan, newPolicy } from './edits.ts';
import { DeskError } from './errors.ts';
import {
  digestOf,
  exclusionsIn,
  exclusionsPatch,
  notInForce,
  type Place,
  pathOf,
  placeOf,
  policyHomes,
  targetOf,
} from './exclusions.ts';

export type PolicyEdit =
  | { readonly kind: 'exclude'; readonly policy: string; readonly exclusions: readonly Exclusion[] }
  /** By a policy that is made for the Service. */
  | { readonly kind: 'excludeAt'; readonly service: string; readonly exclusions: readonly Exclusion[] }
  | { readonly kind: 'unexclude'; readonly policy: string; readonly digest: string }
  /** How far a WAFPolicy blocks: a stage of the way to Block, or back. */
  | {
      readonly kind: 'stage';
      readonly policy: string;
      readonly mode: 'Detect' | 'Block';
      /** Null: nowhere else than the mode says. */
      readonly staged: { readonly paths: readonly string[]; readonly percent: number } | null;
    };

export interface PolicyPlan {
  readonly plan: EditPlan;
  readonly place: Place;
  readonly notes: readonly string[];
  /** Why what comes of it would not come into force; `''` where it would, null where that cannot be seen. */
  readonly problem: (after: unknown) => string | null;
}

const NAMES_MAX = 10;

/** @throws DeskError CHANGE_UNKNOWN, CHANGE_REFUSED */
export function policyPlan(edit: PolicyEdit, seen: Seen): PolicyPlan {
  if (edit.kind === 'excludeAt') return newPlan(edit, seen);
  const place = placeOf(edit.policy, seen);
  if (place === null) throw new DeskError('CHANGE_UNKNOWN', { target: `policy ${edit.policy}` });
  const target = targetOf(place);
  const at = { verb: 'patch', target, path: pathOf(place) } as const;
  const notes = reachNotes(edit.policy, seen);
  const problem = (after: unknown): string | null => notInForce(after, place, seen);
  if (edit.kind === 'stage') {
    const { mode, staged } = edit;
    if (place.kind !== 'WAFPolicy') {
      const reason = 'what holds for several namespaces is not moved: a WAFPolicy of its own is';
      throw new DeskError('CHANGE_REFUSED', { target, reason });
    }
    return { plan: { ...at, patchOf: () => ({ spec: { mode, staged } }) }, place, notes, problem };
  }
  if (edit.kind === 'unexclude') {
    const plan: EditPlan = {
      ...at,
      patchOf: (object) => {
        const all = exclusionsIn(object, place);
        const index = all.findIndex((each) => digestOf(edit.policy, each) === edit.digest);
        if (index < 0) throw new DeskError('CHANGE_UNKNOWN', { target: `such exclusion in ${target}` });
        return exclusionsPatch(place, all.toSpliced(index, 1));
      },
    };
    return { plan, place, notes, problem: () => '' };
  }
  const plan: EditPlan = {
    ...at,
    patchOf: (object) => exclusionsPatch(place, [...exclusionsIn(object, place), ...edit.exclusions]),
  };
  return { plan, place, notes, problem };
}

/** @throws DeskError CHANGE_UNKNOWN; CHANGE_REFUSED where the Service has a policy by now */
function newPlan(
  { service, exclusions }: Extract<PolicyEdit, { readonly kind: 'excludeAt' }>,
  seen: Seen,
): PolicyPlan {
  const state = lookAtService(service, viewOf(seen));
  if (state === null) throw new DeskError('CHANGE_UNKNOWN', { target: `Service ${service}` });
  const own = state.policy === null ? undefined : seen.world.policies.get(state.policy);
  const [namespace = '', name = ''] = service.split('/');
  const place: Place = { kind: 'WAFPolicy', namespace, name };
  if (own !== undefined) {
    const reason = `Service ${service} is under WAFPolicy ${state.policy} by now: begin at an event of that policy`;
    throw new DeskError('CHANGE_REFUSED', { target: targetOf(place), reason });
  }
  const notes = [
    'A WAFPolicy of its own is made: it selects the Service for inspection, and inherits all else.',
  ];
  return {
    ...{ plan: newPolicy(service, { exclusions }), place, notes },
    problem: (after) => notInForce(after, place, seen),
  };
}

/** What else a policy holds for. */
function reachNotes(policy: string, seen: Seen): readonly string[] {
  const home = policyHomes(seen).find((each) => each.policy === policy);
  if (home === undefined || home.namespace !== null) return [];
  const { governs } = home;
  if (governs.length === 0) return ['It holds for every policy of the cluster that inherits from it.'];
  const more = governs.length > NAMES_MAX ? `, and ${governs.length - NAMES_MAX} more` : '';
  return [`It holds for namespaces ${governs.slice(0, NAMES_MAX).join(', ')}${more}, and their policies.`];
}
