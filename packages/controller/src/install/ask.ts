/** Requests of the installation. */
import { type Api, type ApiAnswer, isObject, isSuccess, statusBody } from '../apply/api.ts';
import { ControllerError } from '../errors.ts';
import { FIELD_MANAGER } from '../kinds/names.ts';
import { REQUEST_MILLIS_MAX } from './limits.ts';

type Json = Readonly<Record<string, unknown>>;

const NOT_FOUND = 404;

function refused(what: string, answer: ApiAnswer): ControllerError {
  const { message = '' } = statusBody(answer);
  return new ControllerError('KUBERNETES_REFUSED', { what, status: String(answer.status), reason: message });
}

/**
 * @returns null where it is not there
 * @throws ControllerError KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED
 */
export async function read(api: Api, path: string): Promise<Json | null> {
  const answer = await api.send({ method: 'GET', path, timeoutMillis: REQUEST_MILLIS_MAX });
  if (answer.status === NOT_FOUND) return null;
  if (!isSuccess(answer) || !isObject(answer.body)) throw refused(`GET ${path}`, answer);
  return answer.body;
}

/** A kind that is new is not there at first, and then busy. Who may not read it is answered all the same. */
const NOT_YET: readonly number[] = [NOT_FOUND, 429, 503];

/** Whether a kind is served. @throws ControllerError KUBERNETES_UNREACHABLE */
export async function answers(api: Api, path: string): Promise<boolean> {
  const { status } = await api.send({ method: 'GET', path, timeoutMillis: REQUEST_MILLIS_MAX });
  return !NOT_YET.includes(status);
}

/** Server-side apply. @throws as read() */
export async function apply(api: Api, path: string, body: object, force: boolean): Promise<void> {
  const answer = await api.send({
    method: 'PATCH',
    path: `${path}?fieldManager=${FIELD_MANAGER}&force=${force}`,
    contentType: 'application/apply-patch+yaml',
    body,
    timeoutMillis: REQUEST_MILLIS_MAX,
  });
  if (!isSuccess(answer)) throw refused(`PATCH ${path}`, answer);
}

/** A member that is an object; empty where it is none. */
export const member = (json: Json | null, name: string): Json => {
  const value = json?.[name];
  return isObject(value) ? value : {};
};

export const members = (json: Json | null, name: string): readonly Json[] => {
  const value = json?.[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
};

export const textAt = (json: Json, name: string): string => {
  const value = json[name];
  return typeof value === 'string' ? value : '';
};
