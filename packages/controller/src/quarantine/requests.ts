/** Reading and writing through the API server, with refusals as coded errors. */
import type { Api } from '../apply/api.ts';
import { ask, type Question, type Refusal, type Reply, readList } from './api.ts';
import { QuarantineError } from './errors.ts';
import { QUARANTINE_LIMITS } from './limits.ts';

/**
 * The answer; a refusal is thrown but for the statuses that the caller knows what to do with.
 * @throws QuarantineError QUARANTINE_REFUSED
 */
export async function askFor(api: Api, request: Question, ...expected: readonly number[]): Promise<Reply> {
  const answer = await ask(api, request);
  if (answer.ok || expected.includes(answer.refusal.status)) return answer;
  throw refused(request, answer.refusal);
}

/** @returns null where it is not there */
export async function readOne(api: Api, path: string): Promise<unknown> {
  const answer = await askFor(api, { method: 'GET', path }, 404);
  return answer.ok ? answer.body : null;
}

/** All pages. */
export async function readAll(
  api: Api,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let next = '';
  do {
    const page = { limit: String(QUARANTINE_LIMITS.pageObjects), ...(next === '' ? {} : { continue: next }) };
    const answer = await askFor(api, { method: 'GET', path, query: { ...query, ...page } });
    const list = readList(answer.ok ? answer.body : null);
    items.push(...list.items);
    next = list.next;
  } while (next !== '');
  return items;
}

export function refused({ method, path }: Question, { status, message }: Refusal): QuarantineError {
  return new QuarantineError('QUARANTINE_REFUSED', { what: `${method} ${path}`, status, reason: message });
}
