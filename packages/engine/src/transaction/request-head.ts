/** The head of a request to the collections that rules read: arguments of the query, cookies, the kind of the body. */
import { parseCookies } from '../attributes/cookies.ts';
import { parseVersion1Cookies } from '../attributes/cookies-version-1.ts';
import { parseQuery, type QueryOutcome } from '../attributes/query.ts';
import { bodyProcessorFor } from '../body/select.ts';
import type { EngineSettings } from '../rule-set/program.ts';
import type { RequestData } from '../variables/request-data.ts';

/** @returns `arguments` where the query has more of them than the limit: those up to it are there */
export function readHead(
  request: RequestData,
  settings: Pick<EngineSettings, 'limits' | 'argumentSeparator' | 'cookieFormat'>,
): QueryOutcome {
  const outcome = parseQuery(
    request.target.query ?? '',
    settings.limits,
    (name, value) => request.addQueryArgument(name, value),
    () => request.urlencodedError(),
    settings.argumentSeparator,
  );
  if (outcome === 'arguments') request.argumentsOverLimit = true;
  const cookiesOf = settings.cookieFormat === 1 ? parseVersion1Cookies : parseCookies;
  for (const pair of request.headers) {
    if (pair.lowerKey === 'cookie') cookiesOf(pair.value, (name, value) => request.addCookie(name, value));
  }
  request.processor = bodyProcessorFor(request.header('content-type') ?? '') ?? '';
  return outcome;
}
