/** What `sluice spool` does. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { recordsOf, type SpoolSurvey, spoolDirectories, surveySpool } from '@sluice/spool';
import { EXIT } from '../setup/errors.ts';
import { SpoolCommandError } from './errors.ts';
import { isDamaged, renderStat, renderVerify } from './render.ts';

/** @throws SpoolCommandError SPOOL_NONE */
async function surveysOf(root: string): Promise<readonly SpoolSurvey[]> {
  const surveys = [];
  for (const directory of await spoolDirectories(root)) surveys.push(await surveySpool(directory));
  const isSpool = ({ segments, readers }: SpoolSurvey) => segments.length + Object.keys(readers).length > 0;
  if (!surveys.some(isSpool)) throw new SpoolCommandError('SPOOL_NONE', { path: root });
  return surveys;
}

const printJson = (out: Writable, value: unknown): boolean =>
  out.write(`${JSON.stringify(value, null, 2)}\n`);

export async function runSpoolStat(root: string, asJson: boolean, out: Writable): Promise<number> {
  const surveys = await surveysOf(root);
  if (asJson) printJson(out, surveys);
  else out.write(surveys.map((survey) => renderStat(survey, Date.now())).join('\n'));
  return 0;
}

export async function runSpoolVerify(root: string, asJson: boolean, out: Writable): Promise<number> {
  const surveys = await surveysOf(root);
  if (asJson) printJson(out, surveys);
  else out.write(surveys.map(renderVerify).join('\n'));
  return surveys.some(({ segments }) => segments.some(isDamaged)) ? EXIT.failed : 0;
}

export async function runSpoolCat(root: string, out: Writable): Promise<void> {
  for (const directory of await spoolDirectories(root)) {
    for await (const { record, writtenAt } of recordsOf(directory)) {
      const { dataSet, id, source, document } = record;
      const line = escaped(JSON.stringify({ dataSet, id, source, writtenAt, document }));
      if (!out.write(`${line}\n`)) await once(out, 'drain');
    }
  }
}

/** Controls and marks of direction, which JSON leaves as they are and a terminal obeys. What a client sent is in the text. */
const OBEYED = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const escaped = (json: string): string =>
  json.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
