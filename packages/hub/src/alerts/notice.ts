/** What people are told, as data: webhooks and the store's own documents are made of it. */
import type { Document } from '@sluice/spool';
import { jsonAt } from '../query/values.ts';
import type { AlertDefinition } from './definition.ts';
import { type Finding, textAt } from './evaluate.ts';
import type { Instance } from './instance.ts';
import { fillTemplate } from './template.ts';

/** One end of the requests, as far as the newest of them tells. */
export interface NoticeEnd {
  readonly ip: string | null;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly owner: string | null;
  readonly labels: readonly string[];
}

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
  readonly key: Readonly<Record<string, string | number | boolean>>;
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

export function noticeOf(
  definition: AlertDefinition,
  instance: Instance,
  found: Finding | null,
  at: number,
): AlertNotice {
  const key = JSON.parse(instance.key) as Record<string, string | number | boolean>;
  const values = {
    ...key,
    ...(definition.metricName === null ? {} : { [definition.metricName]: instance.value }),
  };
  const document = found?.sample?.document ?? {};
  return {
    id: `${instance.alert}/${instance.key}/${instance.episode}/${instance.state}`,
    alert: instance.alert,
    state: instance.state,
    severity: definition.severity,
    summary: fillTemplate(definition.summary, values),
    description: fillTemplate(definition.description, values),
    owner: definition.owner,
    dataSet: definition.dataSet,
    key,
    count: instance.count,
    value: instance.value,
    at: new Date(at).toISOString(),
    firedAt: new Date(instance.firedAt).toISOString(),
    source: endOf(document, definition.dataSet, 'source'),
    destination: endOf(document, definition.dataSet, 'destination'),
    event: found?.sample?.id ?? null,
    rules: rulesOf(document),
  };
}

function endOf(document: Document, dataSet: string, end: 'source' | 'destination'): NoticeEnd {
  const at = (name: string): string | null => textAt(document, `${dataSet}.${end}.${name}`);
  const labels = listAt(document, `${dataSet}.${end}.labels`);
  return {
    ip: textAt(document, `${end}.ip`),
    namespace: at('namespace'),
    pod: at('pod'),
    owner: at('owner'),
    labels,
  };
}

const rulesOf = (document: Document): readonly string[] => [...new Set(listAt(document, 'waf.rules.id'))];

function listAt(document: Document, path: string): readonly string[] {
  return jsonAt(document, path)
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .map(String);
}
