/** Changes of people: first as a draft, then made, each time with their own rights. */
import { stringify } from 'yaml';
import { isSuccess } from '../apply/api.ts';
import { CALICO_PREFIX } from '../kinds/names.ts';
import type { WafPolicy } from '../kinds/objects.ts';
import { Quarantine, QuarantineError, type QuarantineResult, type Target } from '../quarantine/index.ts';
import { podPath } from '../quarantine/target.ts';
import { lookAtService, type Seen, viewOf } from '../view/look.ts';
import { type Edit, type EditPlan, merged, planOf } from './edits.ts';
import { DeskError } from './errors.ts';
import { HELM_NOTE, isOfHelm, managersOf } from './managed.ts';
import {
  CONSOLE_FIELD_MANAGER,
  differenceOf,
  type InNameOf,
  managedText,
  read,
  refusal,
  send,
  tried,
} from './requests.ts';

type PodChange =
  | {
      readonly kind: 'quarantine';
      readonly pod: string;
      readonly uid: string;
      readonly reason: string;
      readonly seconds: number;
      readonly force: boolean;
    }
  | { readonly kind: 'release'; readonly pod: string; readonly uid: string };

export type Change = Edit | PodChange;

export interface Draft {
  readonly target: string;
  readonly yaml: string;
  readonly diff: string;
  readonly version: string;
  readonly managedBy: readonly string[];
  readonly notes: readonly string[];
  readonly refused: string;
}

export interface Acting extends InNameOf {
  readonly seen: Seen;
  readonly now: () => number;
}

/** @throws DeskError CHANGE_UNKNOWN, CHANGE_FORBIDDEN where the object may not be seen; ControllerError */
export function draftOf(change: Change, acting: Acting): Promise<Draft> {
  return 'pod' in change ? draftOfPod(change, acting) : draftOfEdit(change, acting);
}

/** @returns what was done, in sentences @throws DeskError, QuarantineError, ControllerError */
export function made(change: Change, version: string, acting: Acting): Promise<readonly string[]> {
  return 'pod' in change ? madeToPod(change, acting) : madeEdit(change, version, acting);
}

async function draftOfEdit(edit: Edit, acting: Acting): Promise<Draft> {
  const { policy, notes } = placeOf(edit, acting.seen);
  const plan = planOf(edit, policy);
  if (policy?.metadata.name.startsWith(CALICO_PREFIX) === true) return ofCalico(plan, policy);
  if (plan.verb === 'create') {
    const refused = await tried(plan, '', acting);
    return {
      ...{ target: plan.target, yaml: stringify(plan.object), diff: '', version: '' },
      ...{ managedBy: [], notes, refused },
    };
  }
  const object = await read(plan.path, plan.target, acting);
  const managedBy = managersOf(object);
  const { resourceVersion: version, name, namespace } = object.metadata;
  const { apiVersion, kind } = object;
  // As a merge patch: what is taken away is null in it.
  const metadata = { name, namespace, ...Object(plan.patch.metadata) };
  const yaml = stringify({ apiVersion, kind, ...plan.patch, metadata });
  return {
    ...{ target: plan.target, yaml, version, managedBy },
    diff: differenceOf(plan.target, object, merged(object, plan.patch)),
    notes: [...notes, ...(isOfHelm(object) ? [HELM_NOTE] : [])],
    refused:
      managedBy.length > 0 ? managedText(plan.target, managedBy).message : await tried(plan, version, acting),
  };
}

function ofCalico(plan: EditPlan, { metadata: { name, namespace } }: WafPolicy): Draft {
  const of = `Calico's WAFPolicy ${namespace}/${name.slice(CALICO_PREFIX.length)}`;
  return {
    ...{ target: plan.target, yaml: '', diff: '', version: '', notes: [], managedBy: [of] },
    refused: `It comes of ${of}: change that.`,
  };
}

/** The policy that a Service has of its own, and what else should be known. @throws DeskError CHANGE_UNKNOWN */
function placeOf(
  edit: Edit,
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

async function madeEdit(edit: Edit, version: string, acting: Acting): Promise<readonly string[]> {
  const { policy } = placeOf(edit, acting.seen);
  const plan = planOf(edit, policy);
  if (policy?.metadata.name.startsWith(CALICO_PREFIX) === true)
    throw managedText(plan.target, ofCalico(plan, policy).managedBy);
  if (plan.verb === 'create') {
    // What was drafted as a change of an object is not made as another one.
    if (version !== '') throw new DeskError('CHANGE_STALE', { target: plan.target });
  } else {
    const object = await read(plan.path, plan.target, acting);
    if (object.metadata.resourceVersion !== version)
      throw new DeskError('CHANGE_STALE', { target: plan.target });
    const managers = managersOf(object);
    if (managers.length > 0) throw managedText(plan.target, managers);
  }
  const answer = await send(plan, version, acting);
  if (!isSuccess(answer)) throw refusal(answer, plan.target, acting);
  return [`${plan.target} is ${plan.verb === 'create' ? 'made' : 'changed'}.`];
}

const targetOf = ({ pod, uid }: PodChange): Target => {
  const [namespace = '', name = ''] = pod.split('/');
  return { kind: 'name', namespace, name, uid };
};

async function draftOfPod(change: PodChange, acting: Acting): Promise<Draft> {
  const target = `Pod ${change.pod}`;
  const draft = { target, diff: '', version: '', managedBy: [], notes: [], refused: '' };
  if (acting.actor === null) return { ...draft, yaml: commandOf(change) };
  const managedBy = await podManagers(change, acting);
  try {
    const { objects, warnings } = await dealt(change, acting, acting.actor, true);
    const yaml = objects.map(({ verb, object }) => `# ${verb}\n${stringify(object)}`).join('---\n');
    const refused = managedBy.length > 0 ? managedText(target, managedBy).message : '';
    return { ...draft, yaml, managedBy, notes: warnings, refused };
  } catch (error) {
    if (!(error instanceof QuarantineError)) throw error;
    return { ...draft, yaml: commandOf(change), managedBy, refused: `${error.message}. ${error.remedy}` };
  }
}

/** The same in a terminal. */
const commandOf = (change: PodChange): string =>
  change.kind === 'release'
    ? `# sluice quarantine ${change.pod} --undo\n`
    : `# sluice quarantine ${change.pod} --for ${change.seconds}s --reason '…'\n`;

/** A pod that something in the cluster makes is declared nowhere: its template is. @throws DeskError CHANGE_UNKNOWN, CHANGE_FORBIDDEN */
async function podManagers(change: PodChange, acting: Acting): Promise<readonly string[]> {
  const [namespace = '', name = ''] = change.pod.split('/');
  const pod = await read(podPath(namespace, name), `Pod ${change.pod}`, acting);
  return pod.metadata.ownerReferences.some(({ controller }) => controller === true) ? [] : managersOf(pod);
}

async function madeToPod(change: PodChange, acting: Acting): Promise<readonly string[]> {
  const { actor } = acting;
  const target = `Pod ${change.pod}`;
  if (actor === null) throw new DeskError('CHANGE_FORBIDDEN', { target, user: 'nobody', reason: 'no user' });
  const managers = await podManagers(change, acting);
  if (managers.length > 0) throw managedText(target, managers);
  const { outcome, warnings } = await dealt(change, acting, actor, false);
  return [`${target}: ${outcome}.`, ...warnings];
}

function dealt(
  change: PodChange,
  { api, now }: Acting,
  actor: string,
  dryRun: boolean,
): Promise<QuarantineResult> {
  const quarantine = new Quarantine({ api, actor, origin: 'person', now, instance: CONSOLE_FIELD_MANAGER });
  if (change.kind === 'release') return quarantine.release(targetOf(change), { dryRun });
  const { reason, seconds, force } = change;
  return quarantine.put(targetOf(change), { reason, seconds, force, dryRun });
}
