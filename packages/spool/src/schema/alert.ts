/** What alerts tell, version 1: every field that a document of the data set `alert` may have. One document each time that one fires or is resolved. */
import { type FieldRow, fieldOf, type Schema } from './field.ts';

const end = (name: string, whose: string): readonly FieldRow[] => [
  [`alert.${name}.namespace`, 'keyword', 'sluice', false, `Namespace of the ${whose}.`],
  [`alert.${name}.pod`, 'keyword', 'sluice', false, `Pod of the ${whose}.`],
  [`alert.${name}.owner`, 'keyword', 'sluice', false, `What it belongs to: \`Deployment/shop\`.`],
  [`alert.${name}.labels`, 'keyword', 'sluice', true, 'Labels of that pod: `app=shop`.'],
];

const ROWS: readonly FieldRow[] = [
  [
    '@timestamp',
    'date',
    'ecs',
    false,
    'When it fired or was resolved: the end of the time that was looked at.',
  ],
  [
    'ecs.version',
    'keyword',
    'ecs',
    false,
    'Version of the Elastic Common Schema that names of fields follow.',
  ],
  [
    'event.id',
    'keyword',
    'ecs',
    false,
    "The document's id. The same for the same alert, key, episode and state.",
  ],
  ['event.kind', 'keyword', 'ecs', false, '`alert`.'],
  ['event.category', 'keyword', 'ecs', true, '`intrusion_detection`.'],
  ['event.dataset', 'keyword', 'ecs', false, '`sluice.alert`.'],
  ['event.module', 'keyword', 'ecs', false, '`sluice`.'],
  ['event.severity', 'long', 'ecs', false, "The alert's severity, 1 to 100."],
  ['event.start', 'date', 'ecs', false, 'When it fired.'],
  ['event.end', 'date', 'ecs', false, 'When it was resolved; absent while it fires.'],
  ['observer.vendor', 'keyword', 'ecs', false, '`Sluice`.'],
  ['observer.product', 'keyword', 'ecs', false, '`sluice`.'],
  ['source.ip', 'ip', 'ecs', false, 'Client of the newest document that it found.'],
  ['destination.ip', 'ip', 'ecs', false, 'Where that request went.'],
  ['message', 'keyword', 'ecs', false, 'The summary, with its values.'],
  ['alert.schema', 'long', 'sluice', false, 'Version of this schema.'],
  ['alert.name', 'keyword', 'sluice', false, "The alert's name."],
  ['alert.state', 'keyword', 'sluice', false, '`firing` or `resolved`.'],
  ['alert.description', 'keyword', 'sluice', false, 'The description, with its values.'],
  ['alert.owner', 'keyword', 'sluice', false, 'Who is asked about it.'],
  ['alert.data_set', 'keyword', 'sluice', false, 'Of the documents that it found: `waf` or `l7`.'],
  [
    'alert.key',
    'keyword',
    'sluice',
    true,
    'What tells it from others of the same alert: `source.ip=192.0.2.1`.',
  ],
  [
    'alert.count',
    'long',
    'sluice',
    false,
    'Documents in the time that was looked at; the most of its life when it is resolved.',
  ],
  ['alert.value', 'long', 'sluice', false, "The metric's value, rounded; the count where there is none."],
  ['alert.event', 'keyword', 'sluice', false, 'Id of the newest document that it found.'],
  ['alert.rules', 'keyword', 'sluice', true, 'Rules that matched there.'],
  ...end('source', 'client'),
  ...end('destination', 'workload'),
];

export const ALERT_SCHEMA: Schema = { version: 1, fields: ROWS.map(fieldOf), families: [] };
