/** Writes the table of fields in docs/l7.md: the schema's own words, so that page and documents cannot part. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_L7, L7_LIMITS } from '../packages/server/src/l7/limits.ts';
import type { Field } from '../packages/spool/src/schema/field.ts';
import { L7_SCHEMA } from '../packages/spool/src/schema/l7.ts';
import { repositoryRoot } from './tidy.ts';

export const L7_DOCUMENT = 'docs/l7.md';

const BEGIN = '<!-- written by node scripts/l7-doc.ts -->';

const row = ({ path, type, origin, many, description }: Field): string =>
  `| \`${path}\` | ${type}${many ? ', several' : ''} | ${origin} | ${description.replaceAll('|', '\\|')} |`;

/** The page with its generated part made anew. */
export function l7Document(page: string): string {
  const settings = Object.entries(DEFAULT_L7).map(([name, value]) => `| \`l7.${name}\` | ${value} |`);
  const limits = Object.entries(L7_LIMITS).map(([name, value]) => `| \`${name}\` | ${value} |`);
  const fields = L7_SCHEMA.fields.map(row);
  return `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}

## Bounds

| Setting | Default |
|---|---|
${settings.join('\n')}

| Not set | Value |
|---|---|
${limits.join('\n')}

## Fields

Version ${L7_SCHEMA.version}. *ecs*: a name of the Elastic Common Schema. *calico*: a name of Calico's L7 logs, for alerts and queries
that were written for those. *sluice*: ours.

| Field | Type | From | |
|---|---|---|---|
${fields.join('\n')}
`;
}

/** The page as it is. */
export const readL7Document = (): string => readFileSync(join(repositoryRoot, L7_DOCUMENT), 'utf8');

if (import.meta.main) writeFileSync(join(repositoryRoot, L7_DOCUMENT), l7Document(readL7Document()));
