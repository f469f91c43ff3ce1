/**
 * When the values of a variable are there to be scanned:
 *
 *   head    all of them when phase 1 begins; they never change
 *   grows   values are only ever added, behind those that were there
 *   phase   another value may stand there in each phase
 */
export type Moment = 'head' | 'grows' | 'phase';

const HEAD: ReadonlySet<string> = new Set([
  'ARGS_GET',
  'ARGS_GET_NAMES',
  'QUERY_STRING',
  'REMOTE_ADDR',
  'REQUEST_BASENAME',
  'REQUEST_COOKIES',
  'REQUEST_COOKIES_NAMES',
  'REQUEST_FILENAME',
  'REQUEST_HEADERS',
  'REQUEST_HEADERS_NAMES',
  'REQUEST_LINE',
  'REQUEST_METHOD',
  'REQUEST_PROTOCOL',
  'REQUEST_URI',
  'REQUEST_URI_RAW',
  'SERVER_NAME',
  'UNIQUE_ID',
]);

const GROWS: ReadonlySet<string> = new Set([
  'ARGS',
  'ARGS_NAMES',
  'ARGS_POST',
  'ARGS_POST_NAMES',
  'FILES',
  'FILES_NAMES',
  'FILES_SIZES',
  'MULTIPART_FILENAME',
  'MULTIPART_NAME',
  'MULTIPART_PART_HEADERS',
  'XML',
]);

/** A variable that is not known better is looked at in each phase. */
export function momentOf(variable: string): Moment {
  if (HEAD.has(variable)) return 'head';
  return GROWS.has(variable) ? 'grows' : 'phase';
}
