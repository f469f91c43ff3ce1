/** What people are told, as data: webhooks and the store's own documents are made of it. */
import type { Document } from '@sluice/spool';
import type { QueryValue } from '../query/tree.ts';
import { jsonAt } from '../query/values.ts';
import type { AlertDefinition } from './definition.ts';
import { textAt } from './evaluate.ts';
import type { Instance, InstanceEnd, InstanceSample } from './instance.ts';
import { fillTemplate } from './template.ts';

/** One end of the requests, as far as the newest of them tells. */
export type NoticeEnd = InstanceEnd;

export interface AlertNotice {
  /** The same for the same episode and state, whenever and however often it is sent. */
  readonly id: string;
  readonly alert: string;
  readonly state: 'firing' | 'resolved';
  readonly severity: number;
  readonly summary: string;
  readonly description: string;
  readonly owner: string | null;
  readonly dataSet: string;
  readonly key: Readonly<Record<string, QueryValue>>;
  readonly count: number;
  readonly value: number;
  /** ISO 8601. */
  readonly at: string;
  readonly firedAt: string;
  readonly source: NoticeEnd;
  readonly destination: NoticeEnd;
  /** Id and ids of rules of the newest event. */
  readonly event: string | null;
  readonly rules: readonly string[];
}

const NOBODY: InstanceEnd = { ip: null, namespace: null, pod: null, uid: null, owner: null, labels: [] };

export function noticeOf(definition: AlertDefinition, instance: Instance, at: number): AlertNotice {
  const { alert, episode, state, count, value, firedAt, sample } = instance;
  const key = JSON.parse(instance.key) as Record<string, QueryValue>;
  const { metricName, severity, owner, dataSet, summary, description } = definition;
  const values = { count, ...key, ...(metricName === null ? {} : { [metricName]: value }) };
  return {
    id: `${alert}/${instance.key}/${episode}/${state}`,
    ...{ alert, state, severity, owner, dataSet, key, count, value },
    summary: fillTemplate(summary, values),
    description: fillTemplate(description, values),
    at: new Date(at).toISOString(),
    firedAt: new Date(firedAt).toISOString(),
    source: sample?.source ?? NOBODY,
    destination: sample?.destination ?? NOBODY,
    event: sample?.event ?? null,
    rules: sample?.rules ?? [],
  };
}

/** What is kept of the newest document. */
export function sampleFrom(
  dataSet: string,
  { id, document }: { readonly id: string; readonly document: Document },
): InstanceSample {
  return {
    event: id,
    rules: [...new Set(listAt(document, 'waf.rules.id'))],
    source: endOf(document, dataSet, 'source'),
    destination: endOf(document, dataSet, 'destination'),
  };
}

function endOf(document: Document, dataSet: string, end: 'source' | 'destination'): InstanceEnd {
  const at = (name: string): string | null => textAt(document, `${dataSet}.${end}.${name}`);
  return {
    ip: textAt(document, `${end}.ip`),
    namespace: at('namespace'),
    pod: at('pod'),
    uid: at('uid'),
    owner: at('owner'),
    labels: listAt(document, `${dataSet}.${end}.labels`),
  };
}

function listAt(document: Document, path: string): readonly string[] {
  return jsonAt(document, path)
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .map(String);
}
