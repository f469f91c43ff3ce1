/** Paths as a policy names them: `/search`, or `/api/*` for all below it; compared with the path as it was sent, without query. */

/** Dot segments, empty segments, path parameters, and the characters of them in escaped form, also escaped twice. */
export const AMBIGUOUS_PATH = '(?i)//|/\\.{1,2}(?:/|$)|[\\\\;\\x00-\\x20\\x7f]|%(?:0|1|20|25|2e|2f|3b|5c|7f)';

const ambiguous = new RegExp(AMBIGUOUS_PATH.slice('(?i)'.length), 'i');

/** Whether another parser may read a path as another than it is written: nothing may be decided by such a path in a client's favour. */
export const isAmbiguousPath = (path: string): boolean => ambiguous.test(path);

export const isOneOfPaths = (path: string, paths: readonly string[]): boolean =>
  paths.some((each) => (each.endsWith('/*') ? path.startsWith(each.slice(0, -1)) : path === each));
