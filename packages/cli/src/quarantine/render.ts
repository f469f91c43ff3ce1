/** What became of each pod, for people and for machines. */
import type { QuarantineError, QuarantineResult } from '@sluice/controller/quarantine';
import { stringify } from 'yaml';
import { oneLine } from '../events/text.ts';
import type { Style } from '../inspect/render-value.ts';
import { shownDuration } from './duration.ts';

/** One of the two is null. */
export interface Attempt {
  /** As it was asked for. */
  readonly text: string;
  readonly result: QuarantineResult | null;
  readonly error: QuarantineError | null;
}

const WORDS: Readonly<Record<QuarantineResult['outcome'], string>> = {
  quarantined: 'in quarantine',
  extended: 'was in quarantine, and is',
  released: 'let go',
  unchanged: 'is not in quarantine',
  planned: 'dry run, nothing was written:',
};

export function renderAttempt({ text, result, error }: Attempt, now: number, style: Style): string {
  if (result === null)
    return error === null ? '' : `sluice: ${oneLine(error.message)}\nRemedy: ${oneLine(error.remedy)}\n`;
  const { pod, outcome, record, objects, warnings } = result;
  const name = pod.name === '' ? text : `${pod.namespace}/${pod.name}`;
  const until =
    record === null
      ? ''
      : ` until ${new Date(record.until).toISOString()} (${shownDuration(record.until - now)})`;
  const what = objects.map(({ verb, object }) => `${verb} ${nameOf(object)}`);
  return [
    `${style.bold(oneLine(name))}  ${WORDS[outcome]}${until}`,
    style.dim(`  ${oneLine(pod.owner)} on ${oneLine(pod.node) || 'no node'}, UID ${pod.uid}`),
    ...(record === null ? [] : [`  ${oneLine(record.reason)}  ${style.dim(`by ${oneLine(record.actor)}`)}`]),
    ...(what.length === 0 ? [] : [style.dim(`  ${what.join(', ')}`)]),
    ...warnings.map((warning) => style.yellow(`  ${oneLine(warning)}`)),
    '',
  ].join('\n');
}

function nameOf(object: object): string {
  const { kind, metadata } = object as {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
  };
  const { name, namespace } = metadata;
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** Of a dry run: documents that kubectl takes, but for the first, which is a patch. */
export const objectsText = ({ objects }: QuarantineResult): string =>
  objects.map(({ verb, object }) => `---\n# ${verb}\n${stringify(object)}`).join('');

export function attemptToJson({ text, result, error }: Attempt): object {
  if (result === null)
    return {
      pod: text,
      error: error === null ? null : { code: error.code, message: error.message, remedy: error.remedy },
    };
  const { pod, outcome, record, objects, warnings } = result;
  return {
    ...{ pod: `${pod.namespace}/${pod.name}`, uid: pod.uid, owner: pod.owner, node: pod.node, outcome },
    record: record === null ? null : recordToJson(record),
    ...{ objects, warnings },
  };
}

export const recordToJson = ({ since, until, ...rest }: NonNullable<QuarantineResult['record']>): object => ({
  ...rest,
  since: new Date(since).toISOString(),
  until: new Date(until).toISOString(),
});
