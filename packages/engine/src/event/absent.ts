/** What is not known is absent: no null, and no empty text, stands for it. */

/** `{ [key]: value }`, or nothing. */
export function known<Key extends string, Value>(
  key: Key,
  value: Value | null | undefined,
): { readonly [Name in Key]?: Value } {
  if (value === null || value === undefined || value === '') return {};
  // A computed key is a text to the compiler, whatever it is made of.
  return { [key]: value } as { readonly [Name in Key]: Value };
}
