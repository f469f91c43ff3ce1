/**
 * Values of which a thread remembers what was found in them. They come again with other requests: names, the path, and
 * headers that say what a browser is. Nothing that is a secret is among them, nor what may hold one, as arguments, cookies
 * and a query do: it would stay in memory for hours.
 */

const VARIABLES: ReadonlySet<string> = new Set([
  'ARGS_GET_NAMES',
  'ARGS_NAMES',
  'ARGS_POST_NAMES',
  'FILES_NAMES',
  'REQUEST_BASENAME',
  'REQUEST_COOKIES_NAMES',
  'REQUEST_FILENAME',
  'REQUEST_HEADERS_NAMES',
  'REQUEST_METHOD',
  'REQUEST_PROTOCOL',
]);

const HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'content-encoding',
  'content-type',
  'dnt',
  'host',
  'origin',
  'pragma',
  'priority',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'te',
  'transfer-encoding',
  'upgrade-insecure-requests',
  'user-agent',
  'x-forwarded-proto',
  'x-requested-with',
]);

/** Beside these, what the engine itself says of a request: a few words. */
const ANSWERED: ReadonlySet<string> = new Set(['REQBODY_PROCESSOR', 'REQUEST_METHOD', 'REQUEST_PROTOCOL']);

/** Whether a target reads nothing but values of which answers of operators are remembered. */
export const isAnswered = (variable: string, lowerKey: string | null): boolean =>
  ANSWERED.has(variable) || (variable === 'REQUEST_HEADERS' && lowerKey !== null && HEADERS.has(lowerKey));

export const NO_KEYS: ReadonlySet<string> = new Set();

/** The keys of a variable, in lower case, whose values are remembered. */
export function rememberedKeys(variable: string): ReadonlySet<string> | 'all' {
  if (variable === 'REQUEST_HEADERS') return HEADERS;
  return VARIABLES.has(variable) ? 'all' : NO_KEYS;
}
