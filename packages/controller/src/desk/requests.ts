/** Objects read and changed in the name of somebody, with their own rights. */
import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import { type ApiAnswer, isSuccess, statusBody } from '../apply/api.ts';
import type { ApiClient } from '../cluster/client.ts';
import { type Plan, written } from './edits.ts';
import { DeskError } from './errors.ts';
import { DESK_LIMITS } from './limits.ts';
import { type ManagedObject, objectSchema } from './managed.ts';

/** As whom a change is made. */
export interface InNameOf {
  /** Without an actor as the console itself, which only reads. */
  readonly api: ApiClient;
  /** Null: nobody whom the cluster knows. */
  readonly actor: string | null;
}

/** Owner of the fields that people change through a console. */
export const CONSOLE_FIELD_MANAGER = 'sluice-console';
const MERGE_PATCH = 'application/merge-patch+json';

/** @throws DeskError CHANGE_UNKNOWN, CHANGE_FORBIDDEN, CHANGE_REFUSED */
export async function read(path: string, target: string, acting: InNameOf): Promise<ManagedObject> {
  const answer = await acting.api.send({
    ...{ method: 'GET', path, timeoutMillis: DESK_LIMITS.answerMillisMax },
  });
  if (!isSuccess(answer)) throw refusal(answer, target, acting);
  return objectSchema.parse(answer.body);
}

/** @returns why it would be refused; `''` where it would not, or nobody is there to try it */
export async function tried(plan: Plan, version: string, acting: InNameOf): Promise<string> {
  if (acting.actor === null) return '';
  const answer = await send(plan, version, acting, true);
  return isSuccess(answer) ? '' : refusal(answer, plan.target, acting).message;
}

/** The API server refuses a version that is not the newest. */
export function send(plan: Plan, version: string, { api }: InNameOf, dryRun = false): Promise<ApiAnswer> {
  const path = `${plan.path}?fieldManager=${CONSOLE_FIELD_MANAGER}${dryRun ? '&dryRun=All' : ''}`;
  const timeoutMillis = DESK_LIMITS.answerMillisMax;
  if (plan.verb === 'create') return api.send({ method: 'POST', path, body: plan.object, timeoutMillis });
  if (plan.verb === 'replace') return api.send({ method: 'PUT', path, body: plan.object, timeoutMillis });
  if (plan.verb === 'delete') {
    // Where a deletion has a body, what the address says is not read: without this a trial would delete.
    const trial = dryRun ? { dryRun: ['All'] } : {};
    const preconditions = { resourceVersion: version };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, ...trial };
    return api.send({ method: 'DELETE', path, body, timeoutMillis });
  }
  const patch = { ...plan.patch, metadata: { ...Object(plan.patch.metadata), resourceVersion: version } };
  return api.send({ method: 'PATCH', path, contentType: MERGE_PATCH, body: patch, timeoutMillis });
}

export function refusal(answer: ApiAnswer, target: string, { actor }: InNameOf): DeskError {
  const { message = String(answer.body).slice(0, 500), reason } = statusBody(answer);
  if (answer.status === 403 || answer.status === 401)
    return new DeskError('CHANGE_FORBIDDEN', { target, user: actor ?? 'the console', reason: message });
  if (answer.status === 404) return new DeskError('CHANGE_UNKNOWN', { target });
  if (answer.status === 409 && reason !== 'AlreadyExists') return new DeskError('CHANGE_STALE', { target });
  return new DeskError('CHANGE_REFUSED', { target, reason: message });
}

export const managedText = (target: string, managers: readonly string[]): DeskError =>
  new DeskError('CHANGE_MANAGED', { target, managers: managers.join(', ') });

/** Unified; of what people write of the objects. */
export const differenceOf = (target: string, before: unknown, after: unknown): string =>
  textDifference(target, stringify(written(before)), stringify(written(after)));

/** Unified. */
export const textDifference = (target: string, before: string, after: string): string =>
  createTwoFilesPatch(target, target, before, after, 'now', 'then', { context: DESK_LIMITS.diffLines });
