/** The interface of the console, from a page: JSON, the token of the session, errors with their remedy. */

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly details: Readonly<Record<string, string | number>>;
}

/** What the server, or the way to it, refused. */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly failure: Failure;
  readonly status: number;

  constructor(status: number, failure: Failure) {
    super(failure.message);
    this.status = status;
    this.failure = failure;
  }
}

let csrf = '';

/** Of the session that is there now; nothing where nobody is signed in. */
export function setCsrf(token: string | null): void {
  csrf = token ?? '';
}

const UNREACHABLE: Failure = {
  code: 'UNREACHABLE',
  message: 'The console does not answer.',
  remedy: 'Check that the hub runs and that this machine reaches it; this page tries again by itself.',
  details: {},
};

interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** @throws AskError */
export async function ask<T>(path: string, { method = 'GET', body, signal }: Asked = {}): Promise<T> {
  const headers: Record<string, string> = method === 'GET' ? {} : { 'x-sluice-csrf': csrf };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    if (signal?.aborted === true) throw cause;
    throw new AskError(0, UNREACHABLE);
  });
  const json: unknown = await answer.json().catch(
    () => null, // What is no JSON is told below.
  );
  if (answer.ok && json !== null) return json as T;
  throw new AskError(answer.status, failureIn(json) ?? { ...UNREACHABLE, code: `HTTP ${answer.status}` });
}

function failureIn(json: unknown): Failure | null {
  const error: unknown = Object(json).error;
  return typeof error === 'object' && error !== null && 'code' in error ? (error as Failure) : null;
}
