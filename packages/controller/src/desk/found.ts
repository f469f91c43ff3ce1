/** What a change of somebody is made to, and what should be known of it before. Pure. */
import { CALICO_PREFIX } from '../kinds/names.ts';
import type { WafPolicy } from '../kinds/objects.ts';
import { lookAtService, type Seen, viewOf } from '../view/look.ts';
import { type EditPlan, planOf, type ServiceEdit } from './edits.ts';
import { DeskError } from './errors.ts';
import { type PolicyEdit, policyPlan } from './policy-edits.ts';

export type Edit = ServiceEdit | PolicyEdit;

export interface Found {
  readonly plan: EditPlan;
  /** Sentences. */
  readonly notes: readonly string[];
  /** The object of Calico's that it was translated from: that is what can be changed. Null: it is ours. */
  readonly calico: string | null;
  /** Why the object would not come into force as it is then; `''` where it would, null where that cannot be seen. */
  readonly problem: (after: unknown) => string | null;
}

/** @throws DeskError CHANGE_UNKNOWN, CHANGE_REFUSED */
export function foundOf(edit: Edit, seen: Seen): Found {
  if (edit.kind !== 'inspect' && edit.kind !== 'mode') {
    const { plan, place, notes, problem } = policyPlan(edit, seen);
    return { plan, notes, problem, calico: calicoOf(place) };
  }
  const { policy, notes } = ownPolicyOf(edit, seen);
  const { name = '', namespace = '' } = policy?.metadata ?? {};
  return { plan: planOf(edit, policy), notes, problem: () => '', calico: calicoOf({ name, namespace }) };
}

/** Objects that were translated from Calico's kinds are no objects of the cluster. */
const calicoOf = ({
  name,
  namespace,
}: {
  readonly name: string;
  readonly namespace: string | null;
}): string | null =>
  name.startsWith(CALICO_PREFIX)
    ? `Calico's WAFPolicy ${namespace}/${name.slice(CALICO_PREFIX.length)}`
    : null;

/** The policy that a Service has of its own, and what else should be known. @throws DeskError CHANGE_UNKNOWN */
function ownPolicyOf(
  edit: ServiceEdit,
  seen: Seen,
): { readonly policy: WafPolicy | null; readonly notes: readonly string[] } {
  const view = viewOf(seen);
  const state = lookAtService(edit.service, view);
  if (state === null) throw new DeskError('CHANGE_UNKNOWN', { target: `Service ${edit.service}` });
  if (edit.kind === 'inspect') return { policy: null, notes: inspectNotes(edit.inspect, state.pods.length) };
  const policy = state.policy === null ? undefined : seen.world.policies.get(state.policy);
  if (policy === undefined)
    return {
      policy: null,
      notes: ['A WAFPolicy of its own is made: it selects the Service for inspection.'],
    };
  const others = [...view.context.claims.services.keys()].filter(
    (key) => key !== edit.service && lookAtService(key, view)?.policy === state.policy,
  );
  const shown = others.slice(0, NAMES_MAX).join(', ');
  const more = others.length > NAMES_MAX ? `, and ${others.length - NAMES_MAX} more` : '';
  return { policy, notes: others.length === 0 ? [] : [`The policy holds for these, too: ${shown}${more}.`] };
}

const NAMES_MAX = 10;

const inspectNotes = (inspect: boolean | null, pods: number): readonly string[] =>
  inspect === true || pods === 0
    ? []
    : [`Requests to ${pods} of its pods are inspected no more, unless something else selects them.`];
