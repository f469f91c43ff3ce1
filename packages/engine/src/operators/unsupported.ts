/** Operators that exist elsewhere and not here, and what to use instead: the compiler refuses them with that advice. */
import { asciiLower } from '../bytes.ts';

/** The advice for each operator, by the name that its manual gives it. */
export const UNSUPPORTED_OPERATORS: Readonly<Record<string, string>> = Object.freeze({
  fuzzyHash: 'Scan files before they are served; remove the rule.',
  gsbLookup: 'The service that it asks is gone; remove the rule.',
  inspectFile: 'Scan uploads where they are stored; remove the rule.',
  rsub: 'Bodies are not rewritten; use @rx to match and deny.',
  validateDTD: 'Malformed XML sets REQBODY_ERROR; test that.',
  validateHash: 'Links are not signed; remove the rule.',
});

const BY_NAME = new Map(
  Object.entries(UNSUPPORTED_OPERATORS).map(([name, alternative]) => [
    asciiLower(name),
    { name, alternative },
  ]),
);

/** The entry for this name, in any case. */
export const findUnsupportedOperator = (
  name: string,
): { readonly name: string; readonly alternative: string } | undefined => BY_NAME.get(asciiLower(name));
