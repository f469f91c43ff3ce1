/** Writes the tables of docs/envoy.md: every setting with its value and its reason, and every finding of the doctor. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINDINGS } from '../packages/envoy-config/src/index.ts';
import { SECTIONS } from './envoy-reasons.ts';
import { type Setting, settings } from './envoy-samples.ts';
import { repositoryRoot } from './tidy.ts';

export const ENVOY_DOCUMENT = 'docs/envoy.md';

const BEGIN = (name: string): string => `<!-- ${name}: written by node scripts/envoy-doc.ts -->`;
const END = '<!-- end -->';

const VALUE_CHARACTERS_MAX = 60;

/** Whether a reason is for a setting. */
export const covers = (path: string, setting: string): boolean =>
  path.endsWith('*') ? setting.startsWith(path.slice(0, -1)) : setting === path;

const cell = (text: string): string => text.replace(/\|/g, '\\|');

/** The value, or each with the samples that have it where it depends on the policy. */
function valueCell(all: readonly Setting[]): string {
  const [only] = all;
  if (all.length !== 1 || only === undefined) return '';
  const short = (value: string): string =>
    `\`${value.length <= VALUE_CHARACTERS_MAX ? value : `${value.slice(0, VALUE_CHARACTERS_MAX)}…`}\``;
  const values = [...only.values];
  const dependent = values.length > 1 && dependsOnMode(only);
  return values
    .map(([value, samples]) => (dependent ? `${short(value)} (${modes(samples)})` : short(value)))
    .join(', ');
}

const modesOf = (samples: readonly string[]): readonly string[] => [
  ...new Set(samples.map((sample) => sample.replace(/^(?:proxy|pod), /, ''))),
];
const modes = (samples: readonly string[]): string =>
  modesOf(samples)
    .filter((mode) => mode !== 'two policies')
    .join('; ');

/** Whether the values differ by what the policy is, and not merely by what is named. */
function dependsOnMode({ values }: Setting): boolean {
  const all = [...values.values()].map((samples) =>
    modesOf(samples).filter((mode) => mode !== 'two policies'),
  );
  return all.some((one, index) =>
    all.some((other, at) => at !== index && !one.some((mode) => other.includes(mode))),
  );
}

function settingsTables(): string {
  const all = settings();
  const sections = SECTIONS.map(({ title, reasons }) => {
    const rows = reasons.map(({ path, why }) => {
      const value = valueCell(all.filter((setting) => covers(path, setting.path)));
      return `| \`${path}\` | ${cell(value)} | ${cell(why)} |`;
    });
    return `### ${title}\n\n| Setting | Value | Why |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return sections.join('\n');
}

function findingsTable(): string {
  const rows = Object.entries(FINDINGS).map(
    ([code, { severity, message, remedy }]) =>
      `| \`${code}\` | ${severity} | ${cell(message)} | ${cell(remedy)} |`,
  );
  return `| Code | Severity | What | Remedy |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function replaced(text: string, name: string, table: string): string {
  const begin = text.indexOf(BEGIN(name));
  const end = text.indexOf(END, begin);
  return `${text.slice(0, begin)}${BEGIN(name)}\n\n${table}\n${text.slice(end)}`;
}

/** The page with its tables as the code has them. */
export const envoyDocument = (text: string): string =>
  replaced(replaced(text, 'settings', settingsTables()), 'findings', findingsTable());

if (import.meta.main) {
  const path = join(repositoryRoot, ENVOY_DOCUMENT);
  writeFileSync(path, envoyDocument(readFileSync(path, 'utf8')));
}
