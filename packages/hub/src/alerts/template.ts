/** `${name}` in summaries and descriptions. */

const PLACE = /\$\{([^${}]*)\}/g;

/** Names that a template speaks of. */
export const templateFields = (template: string): readonly string[] => [
  ...new Set([...template.matchAll(PLACE)].map(([, name = '']) => name)),
];

/** What has no value stays as it is written. */
export const fillTemplate = (
  template: string,
  values: Readonly<Record<string, string | number | boolean | null>>,
): string => template.replace(PLACE, (whole, name: string) => String(values[name] ?? whole));
