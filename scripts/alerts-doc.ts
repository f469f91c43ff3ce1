/** Writes the table of fields into docs/alerts.md: the schema's own words. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_SCHEMA } from '../packages/spool/src/schema/alert.ts';
import type { Field } from '../packages/spool/src/schema/field.ts';
import { repositoryRoot } from './tidy.ts';

export const ALERTS_DOCUMENT = 'docs/alerts.md';

const BEGIN = '<!-- written by node scripts/alerts-doc.ts -->';

const row = ({ path, type, origin, many, description }: Field): string =>
  `| \`${path}\` | ${type}${many ? ', several' : ''} | ${origin} | ${description.replaceAll('|', '\\|')} |`;

/** The page with its generated part made anew. */
export const alertsDocument = (page: string): string =>
  `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}

| Field | Type | From | |
|---|---|---|---|
${ALERT_SCHEMA.fields.map(row).join('\n')}
`;

/** The page as it is. */
export const readAlertsDocument = (): string => readFileSync(join(repositoryRoot, ALERTS_DOCUMENT), 'utf8');

if (import.meta.main) {
  writeFileSync(join(repositoryRoot, ALERTS_DOCUMENT), alertsDocument(readAlertsDocument()));
}
