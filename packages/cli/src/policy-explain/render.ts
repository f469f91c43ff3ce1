/** An explanation of a policy, for people and for machines. */
import type { ExplainedSetting, Explanation, Place } from '@sluice/server/policies/explain';
import type { Style } from '../inspect/render-value.ts';

const placeText = ({ file, line }: Place): string => `${file}:${line}`;

/** Longest value that is shown on its line. */
const VALUE_CHARACTERS_MAX = 60;

export function renderExplanation(explanation: Explanation, style: Style): string {
  const { policy, because, client, settings } = explanation;
  const reasons = because.map(({ reason, place }) => `  ${reason}${placeOf(place, style)}`);
  const names = Math.max(...settings.map(({ name }) => name.length));
  const values = settings.map(({ value }) => shown(value));
  const width = Math.max(...values.map((value) => value.length));
  const lines = settings.map((setting, at) => {
    const name = setting.name.padEnd(names);
    const value = (values[at] ?? '').padEnd(width);
    return `  ${name}  ${setting.from === 'default' ? style.dim(value) : value}  ${origin(setting, style)}`;
  });
  return [
    style.bold(`policy ${policy}`),
    ...reasons,
    ...(client === 'unknown' ? [] : [`  the client is ${client}`]),
    '',
    ...lines.map((line) => line.trimEnd()),
    '',
  ].join('\n');
}

const placeOf = (place: Place | null, style: Style): string =>
  place === null ? '' : style.dim(`  ${placeText(place)}`);

function origin({ from, place }: ExplainedSetting, style: Style): string {
  if (from === 'default') return style.dim('default');
  const text = place === null ? '' : placeText(place);
  return from === 'stricter' ? style.yellow(`${text} (stricter)`) : text;
}

function shown(value: unknown): string {
  if (value === null) return 'as the rules say';
  if (typeof value === 'object' && Object.keys(value).length === 0) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX - 1)}…`;
}

/** Places as `file:line:column`. */
export function explanationToJson({ because, settings, ...rest }: Explanation): object {
  const located = <T extends { readonly place: Place | null }>(each: T) => ({
    ...each,
    place: each.place === null ? null : `${placeText(each.place)}:${each.place.column}`,
  });
  return { ...rest, because: because.map(located), settings: settings.map(located) };
}
