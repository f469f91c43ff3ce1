/** All objects of a kind, page by page: what stands in the API server when writing begins. */
import { ControllerError } from '../errors.ts';
import { type Api, type ApiAnswer, isObject, isSuccess, statusBody } from './api.ts';
import { LIST_MILLIS_MAX, PAGE_OBJECTS_MAX } from './limits.ts';
import { collectionPath, type Resource } from './resources.ts';

/** An object as the API server gave it; what is needed of the rest is checked by who needs it. */
export interface LiveObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly labels: Readonly<Record<string, unknown>>;
  };
  readonly content: Readonly<Record<string, unknown>>;
}

export interface ListOptions {
  /** `''` for all. */
  readonly namespace?: string;
  /** `key=value`. */
  readonly labels?: string;
  readonly signal?: AbortSignal;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** @throws ControllerError KUBERNETES_REFUSED for what is no object */
export function liveObject(body: unknown): LiveObject {
  if (!isObject(body) || !isObject(body.metadata))
    throw new ControllerError('KUBERNETES_REFUSED', { what: 'an object', status: 200, reason: 'it is none' });
  const { metadata, ...content } = body;
  return {
    metadata: {
      name: textOf(metadata.name),
      namespace: textOf(metadata.namespace),
      uid: textOf(metadata.uid),
      creationTimestamp: textOf(metadata.creationTimestamp),
      labels: isObject(metadata.labels) ? metadata.labels : {},
    },
    content,
  };
}

/** @throws ControllerError KUBERNETES_REFUSED for an answer that is none of 2xx */
export function refused(what: string, answer: ApiAnswer): ControllerError {
  const { message } = statusBody(answer);
  const reason = message ?? String(answer.body).slice(0, 500);
  return new ControllerError('KUBERNETES_REFUSED', { what, status: answer.status, reason });
}

/**
 * One after the other, so that no more than a page is held.
 *
 * @throws ControllerError KUBERNETES_REFUSED, KUBERNETES_UNREACHABLE
 */
export async function* listObjects(
  api: Api,
  resource: Resource,
  { namespace = '', labels, signal }: ListOptions = {},
): AsyncGenerator<LiveObject> {
  let next: string | null = '';
  while (next !== null) {
    const query = new URLSearchParams({ limit: String(PAGE_OBJECTS_MAX) });
    if (labels !== undefined) query.set('labelSelector', labels);
    if (next !== '') query.set('continue', next);
    const path = `${collectionPath(resource, namespace)}?${query}`;
    const answer = await api.send({
      method: 'GET',
      path,
      timeoutMillis: LIST_MILLIS_MAX,
      ...(signal && { signal }),
    });
    if (!isSuccess(answer)) throw refused(`the list of ${resource.plural}`, answer);
    const { items, metadata } = isObject(answer.body) ? answer.body : {};
    for (const item of Array.isArray(items) ? items : []) yield liveObject(item);
    next = (isObject(metadata) && textOf(metadata.continue)) || null;
  }
}
