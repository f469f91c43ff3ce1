/** Requests of an uninstallation: what is not there any more is no failure. */
import { type Api, type ApiRequest, isObject, isSuccess, statusBody } from '../apply/api.ts';
import { ControllerError } from '../errors.ts';
import { PAGE_OBJECTS, REQUEST_MILLIS_MAX } from './limits.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * @returns null where it is not there, or nobody serves its kind
 * @throws ControllerError KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED
 */
export async function ask(api: Api, request: Omit<ApiRequest, 'timeoutMillis'>): Promise<Json | null> {
  const answer = await api.send({ ...request, timeoutMillis: REQUEST_MILLIS_MAX });
  if (answer.status === 404) return null;
  if (isSuccess(answer)) return isObject(answer.body) ? answer.body : {};
  throw new ControllerError('KUBERNETES_REFUSED', {
    what: `${request.method} ${request.path}`,
    status: answer.status,
    reason: statusBody(answer).message ?? '',
  });
}

/** All pages. @throws as ask() */
export async function list(api: Api, path: string, labelSelector = ''): Promise<readonly Json[]> {
  const found: Json[] = [];
  let next: unknown = '';
  do {
    const query = new URLSearchParams({ limit: String(PAGE_OBJECTS), labelSelector });
    if (next !== '') query.set('continue', String(next));
    const page = await ask(api, { method: 'GET', path: `${path}?${query}` });
    const { items, metadata } = page ?? {};
    found.push(...(Array.isArray(items) ? items.filter(isObject) : []));
    next = isObject(metadata) ? (metadata.continue ?? '') : '';
  } while (next !== '');
  return found;
}

/** What there was is gone, or about to be. @throws as ask() */
export async function remove(api: Api, path: string): Promise<boolean> {
  return (await ask(api, { method: 'DELETE', path })) !== null;
}

/** All that a list has. @throws as ask() */
export async function removeAll(api: Api, path: string, labelSelector = ''): Promise<number> {
  const found = await list(api, path, labelSelector);
  for (const object of found) await remove(api, `${path}/${encodeURIComponent(nameOf(object))}`);
  return found.length;
}

export const nameOf = ({ metadata }: Json): string =>
  isObject(metadata) && typeof metadata.name === 'string' ? metadata.name : '';

export const namespaceOf = ({ metadata }: Json): string =>
  isObject(metadata) && typeof metadata.namespace === 'string' ? metadata.namespace : '';
