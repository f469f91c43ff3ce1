/** Server-side apply of one object, and its deletion. */
import { digestOfJson } from '../canonical-json.ts';
import { FIELD_MANAGER } from '../kinds/names.ts';
import type { Term } from '../lease/term.ts';
import { type Api, type ApiAnswer, isNotFound, isObject, isSuccess, statusBody } from './api.ts';
import { WriteRefusal } from './failure.ts';
import { WRITE_BEYOND_TERM_MILLIS, WRITE_MILLIS_MAX } from './limits.ts';
import { type LiveObject, liveObject } from './list.ts';
import { CONFIG_MAPS, type ObjectRef, objectPath, type Resource, refText } from './resources.ts';

export interface ApplyTools {
  readonly api: Api;
  /** Nothing is sent when it is over. */
  readonly term: Term;
  /** Others own fields of ours: they are taken. @param message of the API server, which names the managers */
  readonly onConflict: (ref: ObjectRef, message: string) => void;
}

const CONFLICT = 'FieldManagerConflict';

function refusal(what: string, answer: ApiAnswer): WriteRefusal {
  const { message } = statusBody(answer);
  const reason = message ?? String(answer.body).slice(0, 500);
  return new WriteRefusal(what, answer.status, reason, answer.retryAfterMillis);
}

function timeoutOf(term: Term): number {
  const remaining = term.remainingMillis();
  if (remaining === 0) throw new WriteRefusal('a write', 0, 'the term is over', null);
  return Math.min(WRITE_MILLIS_MAX, remaining + WRITE_BEYOND_TERM_MILLIS);
}

/**
 * @param content all fields but those that name the object
 * @param subresource `status`, or `''` for the object itself
 * @returns null where there is no such object, whose status it would be
 * @throws WriteRefusal for other answers than 2xx, ControllerError KUBERNETES_UNREACHABLE
 */
export async function applyObject(
  { api, term, onConflict }: ApplyTools,
  ref: ObjectRef,
  content: Readonly<Record<string, unknown>>,
  subresource: 'status' | '' = '',
): Promise<LiveObject | null> {
  const { resource, namespace, name } = ref;
  const { metadata, ...fields } = content;
  const body = {
    ...{ apiVersion: resource.apiVersion, kind: resource.kind },
    metadata: { ...(isObject(metadata) ? metadata : {}), name, ...(namespace === '' ? {} : { namespace }) },
    ...fields,
  };
  const path = `${objectPath(ref)}${subresource === '' ? '' : `/${subresource}`}?fieldManager=${FIELD_MANAGER}`;
  const send = (force: boolean): Promise<ApiAnswer> =>
    api.send({
      method: 'PATCH',
      path: `${path}&force=${force}`,
      contentType: 'application/apply-patch+yaml',
      body,
      timeoutMillis: timeoutOf(term),
    });
  let answer = await send(false);
  const causes = statusBody(answer).details?.causes ?? [];
  if (answer.status === 409 && causes.some(({ reason }) => reason === CONFLICT)) {
    onConflict(ref, statusBody(answer).message ?? '');
    answer = await send(true);
  }
  if (subresource === 'status' && isNotFound(answer, name)) return null;
  if (!isSuccess(answer)) throw refusal(refText(ref), answer);
  return liveObject(answer.body);
}

/** Of that very object: one of the same name that was made since stays. @throws as applyObject */
export async function deleteObject(
  { api, term }: Pick<ApplyTools, 'api' | 'term'>,
  ref: ObjectRef,
  uid: string,
): Promise<void> {
  const answer = await api.send({
    method: 'DELETE',
    path: objectPath(ref),
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
    timeoutMillis: timeoutOf(term),
  });
  // 409: it is another one.
  const isGone = isNotFound(answer, ref.name) || answer.status === 409;
  if (!isSuccess(answer) && !isGone) throw refusal(refText(ref), answer);
}

/** Of what is ours in an object: two with the same digest need no write. Labels are not compared. */
export function contentDigest(resource: Resource, content: Readonly<Record<string, unknown>>): string {
  const { spec, data, immutable } = content;
  return digestOfJson(resource === CONFIG_MAPS ? { data, immutable } : spec);
}
