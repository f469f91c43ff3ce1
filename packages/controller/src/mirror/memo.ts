/** What follows from snapshots is made anew when one of them has changed: by identity. */

/** @returns the same result as long as the arguments are the same ones */
export function memo<Arguments extends readonly unknown[], Result>(
  make: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  let last: { readonly given: Arguments; readonly result: Result } | undefined;
  return (...given) => {
    if (last === undefined || given.some((one, at) => one !== last?.given[at]))
      last = { given, result: make(...given) };
    return last.result;
  };
}
