/** Writes an example and the table of fields into docs/events.md: the engine's own event, and the schema's own words. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Field } from '../packages/spool/src/schema/field.ts';
import { WAF_SCHEMA } from '../packages/spool/src/schema/waf.ts';
import { sampleEvent } from './events-sample.ts';
import { repositoryRoot } from './tidy.ts';

export const EVENTS_DOCUMENT = 'docs/events.md';

const BEGIN = '<!-- written by node scripts/events-doc.ts -->';

const row = ({ path, type, origin, many, description }: Field): string =>
  `| \`${path}\` | ${type}${many ? ', several' : ''} | ${origin} | ${description.replaceAll('|', '\\|')} |`;

/** The page with its generated part made anew. */
export function eventsDocument(page: string): string {
  const fields = [...WAF_SCHEMA.fields, ...WAF_SCHEMA.families].map(row);
  return `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}

## An example

\`\`\`json
${JSON.stringify(sampleEvent(), null, 2)}
\`\`\`

## Fields

Version ${WAF_SCHEMA.version}. *ecs*: a name of the Elastic Common Schema. *calico*: a name of Calico's WAF logs. *sluice*: ours. No text is longer than
8,191 UTF-16 units, which every store indexes whole.

| Field | Type | From | |
|---|---|---|---|
${fields.join('\n')}
`;
}

/** The page as it is. */
export const readEventsDocument = (): string => readFileSync(join(repositoryRoot, EVENTS_DOCUMENT), 'utf8');

if (import.meta.main) {
  writeFileSync(join(repositoryRoot, EVENTS_DOCUMENT), eventsDocument(readEventsDocument()));
}
