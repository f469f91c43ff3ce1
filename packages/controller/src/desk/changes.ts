/** Changes of people: first as a draft, then made, each time with their own rights. */
import { stringify } from 'yaml';
import { isSuccess } from '../apply/api.ts';
import { Quarantine, QuarantineError, type QuarantineResult, type Target } from '../quarantine/index.ts';
import { podPath } from '../quarantine/target.ts';
import type { Seen } from '../view/look.ts';
import { type EditPlan, merged, type Plan } from './edits.ts';
import { DeskError } from './errors.ts';
import { type Edit, foundOf } from './found.ts';
import { HELM_NOTE, isOfHelm, type ManagedObject, managersOf } from './managed.ts';
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
  const { plan, notes, calico, problem } = foundOf(edit, acting.seen);
  if (calico !== null) return ofCalico(plan, calico);
  if (plan.verb === 'create') {
    const found = problem(plan.object);
    const refused = (await tried(plan, '', acting)) || idleText(plan, found);
    return {
      ...{ target: plan.target, yaml: stringify(plan.object), diff: '', version: '' },
      ...{ managedBy: [], notes: [...notes, ...unseenNotes(found)], refused },
    };
  }
  const object = await read(plan.path, plan.target, acting);
  const change = patched(plan, object);
  const after = merged(object, change.patch);
  const found = problem(after);
  const managedBy = managersOf(object);
  const { resourceVersion: version, name, namespace } = object.metadata;
  const { apiVersion, kind } = object;
  // As a merge patch: what is taken away is null in it.
  const metadata = {
    ...{ name, ...(namespace === undefined ? {} : { namespace }) },
    ...Object(change.patch.metadata),
  };
  const draft = {
    ...{ target: plan.target, version, managedBy },
    yaml: stringify({ apiVersion, kind, ...change.patch, metadata }),
    diff: differenceOf(plan.target, object, after),
    notes: [...notes, ...(isOfHelm(object) ? [HELM_NOTE] : []), ...unseenNotes(found)],
  };
  if (managedBy.length > 0) return { ...draft, refused: managedText(plan.target, managedBy).message };
  return { ...draft, refused: (await tried(change, version, acting)) || idleText(plan, found) };
}

type PatchPlan = Extract<Plan, { readonly verb: 'patch' }>;

/** @throws DeskError CHANGE_UNKNOWN */
const patched = (
  { verb, target, path, patchOf }: Extract<EditPlan, { readonly verb: 'patch' }>,
  object: ManagedObject,
): PatchPlan => ({ verb, target, path, patch: patchOf(object) });

/** It would be there, and change nothing. */
const idle = ({ target }: EditPlan, reason: string): DeskError =>
  new DeskError('CHANGE_NOT_IN_FORCE', { target, reason });

const idleText = (plan: EditPlan, found: string | null): string =>
  found === null || found === '' ? '' : idle(plan, found).message;

const unseenNotes = (found: string | null): readonly string[] =>
  found === null
    ? [
        'What the cluster allows cannot be seen from here: the conditions of the policy say what of it is in force.',
      ]
    : [];

const ofCalico = ({ target }: EditPlan, of: string): Draft => ({
  ...{ target, yaml: '', diff: '', version: '', notes: [], managedBy: [of] },
  refused: `It comes of ${of}: change that.`,
});

async function madeEdit(edit: Edit, version: string, acting: Acting): Promise<readonly string[]> {
  const { plan, calico, problem } = foundOf(edit, acting.seen);
  if (calico !== null) throw managedText(plan.target, [calico]);
  // What was drafted as a change of an object is not made as another one.
  if (plan.verb === 'create' && version !== '') throw new DeskError('CHANGE_STALE', { target: plan.target });
  const { change, after } =
    plan.verb === 'create' ? { change: plan, after: plan.object } : await toMake(plan, version, acting);
  const found = problem(after);
  if (found !== null && found !== '') throw idle(plan, found);
  const answer = await send(change, version, acting);
  if (!isSuccess(answer)) throw refusal(answer, plan.target, acting);
  return [`${plan.target} is ${plan.verb === 'create' ? 'made' : 'changed'}.`];
}

/** @throws DeskError CHANGE_STALE, CHANGE_MANAGED, CHANGE_UNKNOWN, CHANGE_FORBIDDEN */
async function toMake(
  plan: Extract<EditPlan, { readonly verb: 'patch' }>,
  version: string,
  acting: Acting,
): Promise<{ readonly change: PatchPlan; readonly after: unknown }> {
  const object = await read(plan.path, plan.target, acting);
  if (object.metadata.resourceVersion !== version)
    throw new DeskError('CHANGE_STALE', { target: plan.target });
  const managers = managersOf(object);
  if (managers.length > 0) throw managedText(plan.target, managers);
  const change = patched(plan, object);
  return { change, after: merged(object, change.patch) };
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
