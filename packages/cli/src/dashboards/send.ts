/** A request to Kibana or Grafana, and its answer; who does not answer, or refuses, is told with the server's own words. */
import { oneLine } from '../events/text.ts';
import { DashboardsError } from './errors.ts';

export interface Target {
  /** Without user and password. */
  readonly url: URL;
  /** Null where nobody is to be told who asks. */
  readonly authorization: string | null;
}

/** An answer takes as long as a migration of a few objects. */
const ANSWER_MILLIS_MAX = 60_000;
const REASON_MAX = 500;

/**
 * @param option that named it
 * @param token of an API key or service account; null where the URL's user and password are meant, if any
 * @throws DashboardsError DASHBOARDS_OPTION
 */
export function targetOf(option: string, text: string, scheme: string, token: string | null): Target {
  const refuse = (reason: string): never => {
    throw new DashboardsError('DASHBOARDS_OPTION', { option, reason });
  };
  if (!URL.canParse(text)) return refuse('it is no URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('it is neither http nor https');
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (token !== null) return { url, authorization: `${scheme} ${token}` };
  if (username === '') return { url, authorization: null };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** A path behind the address's own: Kibana and Grafana may stand below one. */
export function under({ url }: Target, path: string): URL {
  const joined = new URL(url);
  joined.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
  joined.search = '';
  return joined;
}

/**
 * @returns the body, read as JSON
 * @throws DashboardsError DASHBOARDS_UNREACHABLE, DASHBOARDS_REFUSED
 */
export async function send(
  { authorization }: Target,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: FormData | string,
): Promise<unknown> {
  const address = oneLine(url.href);
  const answer = await post(
    url,
    address,
    authorization === null ? headers : { ...headers, authorization },
    body,
  );
  const text = await answer.text();
  if (!answer.ok) {
    const reason = `${answer.status} ${oneLine(messageIn(text), REASON_MAX)}`;
    throw new DashboardsError('DASHBOARDS_REFUSED', { url: address, reason });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = `it answers ${answer.status} without JSON: is it the right address?`;
    throw new DashboardsError('DASHBOARDS_REFUSED', { url: address, reason }, error);
  }
}

async function post(
  url: URL,
  address: string,
  headers: Readonly<Record<string, string>>,
  body: FormData | string,
): Promise<Response> {
  try {
    // A redirect would send the credentials elsewhere.
    const signal = AbortSignal.timeout(ANSWER_MILLIS_MAX);
    return await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = oneLine(cause instanceof Error ? cause.message : String(cause), REASON_MAX);
    throw new DashboardsError('DASHBOARDS_UNREACHABLE', { url: address, reason }, error);
  }
}

/** Both servers say what is wrong in `message`. */
function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string') {
      return body.message;
    }
    return text;
  } catch {
    // No JSON: a proxy's page, perhaps. Its words are what there is.
    return text;
  }
}
