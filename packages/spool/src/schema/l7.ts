/** The L7 view, version 1: every field that a document of the data set `l7` may have. */
import { type FieldRow, fieldOf, type Schema } from './field.ts';

/** Upper bounds of the latency's buckets, in microseconds. */
export const L7_LATENCY_BOUNDS_MICROS = [5_000, 25_000, 100_000, 500_000, 2_500_000] as const;

const ABOUT: readonly FieldRow[] = [
  ['@timestamp', 'date', 'ecs', false, 'When the interval began.'],
  [
    'ecs.version',
    'keyword',
    'ecs',
    false,
    'Version of the Elastic Common Schema that names of fields follow.',
  ],
  ['event.id', 'keyword', 'ecs', false, "The document's id. Made by Sluice."],
  ['event.kind', 'keyword', 'ecs', false, '`metric`.'],
  ['event.category', 'keyword', 'ecs', true, '`web`.'],
  ['event.type', 'keyword', 'ecs', true, '`access`.'],
  ['event.dataset', 'keyword', 'ecs', false, '`sluice.l7`.'],
  ['event.module', 'keyword', 'ecs', false, '`sluice`.'],
  ['event.start', 'date', 'ecs', false, 'When the interval began.'],
  ['event.end', 'date', 'ecs', false, 'When it ended.'],
  ['observer.vendor', 'keyword', 'ecs', false, '`Sluice`.'],
  ['observer.product', 'keyword', 'ecs', false, '`sluice`.'],
  ['observer.type', 'keyword', 'ecs', false, '`waf`.'],
  ['observer.version', 'keyword', 'ecs', false, 'Version of Sluice.'],
  ['observer.hostname', 'keyword', 'ecs', false, 'The node, or the machine.'],
  [
    'observer.name',
    'keyword',
    'ecs',
    false,
    'The node by its certificate, where it delivered to a hub; absent otherwise.',
  ],
];

const GROUP: readonly FieldRow[] = [
  [
    'source.ip',
    'ip',
    'ecs',
    false,
    'The client, as Envoy has resolved it. Absent where a group stands for several.',
  ],
  ['destination.ip', 'ip', 'ecs', false, 'Where the requests went. Absent where a group stands for several.'],
  ['destination.port', 'long', 'ecs', false, 'The port there.'],
  ['http.request.method', 'keyword', 'ecs', false, 'Method; `OTHER` for those of no RFC on HTTP itself.'],
  [
    'http.response.status_code',
    'long',
    'ecs',
    false,
    "Status that the client got, where Sluice knows it: its own, or the workload's.",
  ],
  ['l7.schema', 'long', 'sluice', false, 'Version of this schema.'],
  ['l7.process', 'keyword', 'sluice', false, 'The process that counted.'],
  ['l7.policy', 'keyword', 'sluice', false, "The policy's name."],
  ['l7.route', 'keyword', 'sluice', false, "Name of Envoy's route, where it tells."],
  [
    'l7.template',
    'keyword',
    'sluice',
    false,
    'The path without what tells requests apart: `/users/{id}/orders`.',
  ],
  [
    'l7.status_class',
    'keyword',
    'sluice',
    false,
    '`1xx` to `5xx`, or `unknown` where Sluice saw no response.',
  ],
  [
    'l7.folded',
    'keyword',
    'sluice',
    true,
    'What of the group stands for several for want of room: `client`, `destination`, `path`.',
  ],
  ['l7.source.namespace', 'keyword', 'sluice', false, "Namespace of the client's pod."],
  ['l7.source.pod', 'keyword', 'sluice', false, "The client's pod."],
  ['l7.source.owner', 'keyword', 'sluice', false, "What the client's pod belongs to: `Deployment/shop`."],
  ['l7.destination.namespace', 'keyword', 'sluice', false, 'Namespace of the workload.'],
  ['l7.destination.pod', 'keyword', 'sluice', false, "The workload's pod."],
  [
    'l7.destination.owner',
    'keyword',
    'sluice',
    false,
    "What the workload's pod belongs to: `Deployment/shop`.",
  ],
];

const COUNTS: readonly FieldRow[] = [
  ['l7.count', 'long', 'sluice', false, 'Requests. Every request that got a policy is in one document.'],
  ['l7.blocked', 'long', 'sluice', false, 'Those that Sluice refused.'],
  ['l7.would_block', 'long', 'sluice', false, 'Those that went on, and that Block would have refused.'],
  ['l7.uninspectable', 'long', 'sluice', false, 'Those that could not be inspected, in whole or in part.'],
  [
    'l7.unjudged',
    'long',
    'sluice',
    false,
    'Those that ended without a verdict: the client was gone, or Sluice had no room.',
  ],
  ['l7.request_bytes', 'long', 'sluice', false, "Bytes of the requests' bodies that came to Sluice."],
  [
    'l7.response_bytes',
    'long',
    'sluice',
    false,
    "Bytes of the responses' bodies: those that came, else what Content-Length says.",
  ],
  [
    'l7.responses',
    'long',
    'sluice',
    false,
    'Responses of the workload that Sluice saw: of these is the latency.',
  ],
  [
    'l7.latency_us.sum',
    'long',
    'sluice',
    false,
    'Microseconds from the request at Sluice to the headers of its response, summed up.',
  ],
  ['l7.latency_us.max', 'long', 'sluice', false, 'The longest of them.'],
  ...L7_LATENCY_BOUNDS_MICROS.map(
    (bound): FieldRow => [
      `l7.latency_us.le_${bound}`,
      'long',
      'sluice',
      false,
      `Responses that took ${bound / 1_000} ms or less.`,
    ],
  ),
  ['l7.inspection_us.sum', 'long', 'sluice', false, 'Microseconds until the verdicts, summed up.'],
  ['l7.inspection_us.max', 'long', 'sluice', false, 'The longest of them.'],
];

/** Names and units of Calico's L7 logs. */
const CALICO: readonly FieldRow[] = [
  ['host', 'keyword', 'calico', false, "The node's name."],
  ['start_time', 'date', 'calico', false, 'When the interval began.'],
  ['end_time', 'date', 'calico', false, 'When it ended.'],
  ['count', 'long', 'calico', false, 'Requests.'],
  ['bytes_in', 'long', 'calico', false, 'As `l7.request_bytes`.'],
  ['bytes_out', 'long', 'calico', false, 'As `l7.response_bytes`.'],
  ['duration_mean', 'long', 'calico', false, 'Mean of the latency in nanoseconds.'],
  ['duration_max', 'long', 'calico', false, 'The longest latency in nanoseconds.'],
  ['method', 'keyword', 'calico', false, 'Method.'],
  ['url', 'keyword', 'calico', false, 'The path template: a log of every address would be one of secrets.'],
  ['response_code', 'keyword', 'calico', false, 'Status as text.'],
  ['dest_port_num', 'long', 'calico', false, 'The port of the workload.'],
  ['src_namespace', 'keyword', 'calico', false, "Namespace of the client's pod."],
  ['src_name_aggr', 'keyword', 'calico', false, "The client's pod."],
  ['dest_namespace', 'keyword', 'calico', false, 'Namespace of the workload.'],
  ['dest_name_aggr', 'keyword', 'calico', false, "The workload's pod."],
];

export const L7_SCHEMA: Schema = {
  version: 1,
  fields: [...ABOUT, ...GROUP, ...COUNTS, ...CALICO].map(fieldOf),
  families: [],
};
