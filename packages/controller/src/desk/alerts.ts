/** Alerts of the cluster as people write them: shown as who looks may see them, changed with their own rights. */
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { isSuccess } from '../apply/api.ts';
import { API_VERSION } from '../kinds/names.ts';
import type { Draft } from './changes.ts';
import { type Plan, written } from './edits.ts';
import { DeskError } from './errors.ts';
import { DESK_LIMITS } from './limits.ts';
import { HELM_NOTE, isOfHelm, type ManagedObject, managersOf, objectSchema } from './managed.ts';
import { differenceOf, type InNameOf, managedText, read, refusal, send, tried } from './requests.ts';

interface Key {
  readonly namespace: string | null;
  readonly name: string;
}

export type AlertChange =
  | { readonly kind: 'save'; readonly alert: Key & { readonly kind: string }; readonly text: string }
  | ({ readonly kind: 'remove' } & Key);

export interface ShownAlert extends Key {
  readonly kind: 'Alert' | 'GlobalAlert';
  /** YAML of what people write of it. */
  readonly text: string;
  readonly version: string;
  readonly source: string;
  /** Why it is not changed from here; `''` where it can be. */
  readonly refused: string;
}

const listSchema = z.looseObject({ items: z.array(objectSchema.partial({ apiVersion: true, kind: true })) });

const GLOBAL = 'it is a GlobalAlert of Calico’s: what is changed here are Alerts of sluice.dev';

const KINDS = [
  { apiVersion: API_VERSION, kind: 'Alert', plural: 'alerts' },
  { apiVersion: 'projectcalico.org/v3', kind: 'GlobalAlert', plural: 'globalalerts' },
] as const;

/** @param namespaces null: all, and what is in none @throws ControllerError where the API server does not answer */
export async function shownAlerts(
  namespaces: readonly string[] | null,
  acting: InNameOf,
): Promise<readonly ShownAlert[]> {
  const [own, calico] = KINDS;
  if (namespaces === null)
    return (await Promise.all([own, calico].map((kind) => listed(kind, '', acting)))).flat();
  const found: ShownAlert[] = [];
  for (let at = 0; at < namespaces.length; at += DESK_LIMITS.reviewsMax) {
    const some = namespaces.slice(at, at + DESK_LIMITS.reviewsMax);
    const lists = await Promise.all(some.map((each) => listed(own, `namespaces/${each}/`, acting)));
    found.push(...lists.flat());
  }
  return found.slice(0, DESK_LIMITS.alertsShownMax);
}

/** What somebody may not see is not there for them. */
async function listed(
  { apiVersion, kind, plural }: (typeof KINDS)[number],
  inside: string,
  { api }: InNameOf,
): Promise<readonly ShownAlert[]> {
  const path = `/apis/${apiVersion}/${inside}${plural}?limit=${DESK_LIMITS.alertsShownMax}`;
  const answer = await api.send({ method: 'GET', path, timeoutMillis: DESK_LIMITS.answerMillisMax });
  if (!isSuccess(answer)) return [];
  return listSchema.parse(answer.body).items.map((item) => {
    const object = { ...item, apiVersion, kind };
    const { name, namespace = null, resourceVersion: version } = object.metadata;
    const managers = managersOf(object);
    const source = `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
    const managed = managers.length === 0 ? '' : managedText(source, managers).message;
    return {
      ...{ kind, namespace, name, version, source, text: stringify(written(object)) },
      refused: kind === 'GlobalAlert' ? GLOBAL : managed,
    };
  });
}

const pathOf = (namespace: string): string =>
  `/apis/${API_VERSION}/namespaces/${encodeURIComponent(namespace)}/alerts`;

interface Planned {
  readonly plan: Plan;
  /** As it stands now; null where there is none. */
  readonly object: ManagedObject | null;
}

/** @throws DeskError CHANGE_UNKNOWN, CHANGE_FORBIDDEN, CHANGE_REFUSED */
async function planned(change: AlertChange, acting: InNameOf): Promise<Planned> {
  const { namespace, name } = change.kind === 'save' ? change.alert : change;
  const target = `Alert ${namespace ?? ''}/${name}`;
  if (namespace === null) throw new DeskError('CHANGE_REFUSED', { target, reason: 'it needs a namespace' });
  if (change.kind === 'save' && change.alert.kind !== 'Alert')
    throw new DeskError('CHANGE_REFUSED', { target, reason: GLOBAL });
  const path = `${pathOf(namespace)}/${encodeURIComponent(name)}`;
  const object = await read(path, target, acting).catch((error: unknown) => {
    if (error instanceof DeskError && error.code === 'CHANGE_UNKNOWN' && change.kind === 'save') return null;
    throw error;
  });
  if (change.kind === 'remove') return { plan: { verb: 'delete', target, path }, object };
  const { spec } = parse(change.text) as { readonly spec: unknown };
  const named = { apiVersion: API_VERSION, kind: 'Alert' };
  if (object === null) {
    const made = { ...named, metadata: { name, namespace }, spec };
    return { plan: { verb: 'create', target, path: pathOf(namespace), object: made }, object };
  }
  // Labels and annotations stay, and with them the version that the API server asks for.
  const next = { ...named, metadata: object.metadata, spec };
  return { plan: { verb: 'replace', target, path, object: next }, object };
}

/** @throws DeskError, ControllerError */
export async function draftOfAlert(change: AlertChange, acting: InNameOf): Promise<Draft> {
  const { plan, object } = await planned(change, acting);
  const { target } = plan;
  const managedBy = object === null ? [] : managersOf(object);
  const version = object?.metadata.resourceVersion ?? '';
  const after = plan.verb === 'create' || plan.verb === 'replace' ? written(plan.object) : null;
  return {
    ...{ target, version, managedBy },
    yaml: after === null ? '' : stringify(after),
    diff: object === null ? '' : differenceOf(target, object, after),
    notes: object !== null && isOfHelm(object) ? [HELM_NOTE] : [],
    refused:
      managedBy.length > 0 ? managedText(target, managedBy).message : await tried(plan, version, acting),
  };
}

/** @returns what was done, in sentences @throws DeskError, ControllerError */
export async function madeAlert(
  change: AlertChange,
  version: string,
  acting: InNameOf,
): Promise<readonly string[]> {
  const { plan, object } = await planned(change, acting);
  const { target } = plan;
  if ((object?.metadata.resourceVersion ?? '') !== version) throw new DeskError('CHANGE_STALE', { target });
  const managers = object === null ? [] : managersOf(object);
  if (managers.length > 0) throw managedText(target, managers);
  const answer = await send(plan, version, acting);
  if (!isSuccess(answer)) throw refusal(answer, target, acting);
  return [`${target} is ${DONE[plan.verb]}.`];
}

const DONE = { create: 'made', replace: 'changed', patch: 'changed', delete: 'removed' } as const;
