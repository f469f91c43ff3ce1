/** What deploy/grafana/sluice.json holds: the metrics of `sluice serve`, as Prometheus has them. */

interface Target {
  readonly expr: string;
  readonly legend: string;
}

interface PanelOptions {
  readonly title: string;
  readonly description: string;
  readonly unit?: string;
  readonly kind?: 'timeseries' | 'stat' | 'bargauge';
  readonly targets: readonly Target[];
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is Grafana's variable, not ours
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const OF_POLICY = '{policy=~"$policy"}';

/** Events a second of a counter, added up. */
const rate = (metric: string, by: string, selector = ''): string =>
  `sum by (${by}) (rate(${metric}${selector}[$__rate_interval]))`;

const quantile = (share: number, metric: string): string =>
  `histogram_quantile(${share}, sum by (le) (rate(${metric}_bucket${OF_POLICY}[$__rate_interval])))`;

const total = (metric: string): string => `sum(${metric})`;

const REQUESTS: readonly PanelOptions[] = [
  {
    title: 'Requests by outcome',
    description: 'Pass, block, detect (Block would have refused), error (not inspected to the end).',
    unit: 'reqps',
    targets: [{ expr: rate('sluice_requests_total', 'outcome', OF_POLICY), legend: '{{outcome}}' }],
  },
  {
    title: 'Would be blocked in Detect, by policy',
    description: 'What a policy would refuse if its mode were Block.',
    unit: 'reqps',
    targets: [
      {
        expr: rate('sluice_requests_total', 'policy', '{policy=~"$policy",outcome="detect"}'),
        legend: '{{policy}}',
      },
    ],
  },
  {
    title: 'Top rules',
    description: 'Requests in which a rule matched.',
    unit: 'reqps',
    targets: [
      {
        expr: `topk(10, ${rate('sluice_rule_hits_total', 'rule_id')})`,
        legend: '{{rule_id}}',
      },
    ],
  },
  {
    title: 'Anomaly score',
    description: 'Inbound, median and 99th percentile.',
    targets: [
      { expr: quantile(0.5, 'sluice_request_anomaly_score'), legend: 'p50' },
      { expr: quantile(0.99, 'sluice_request_anomaly_score'), legend: 'p99' },
    ],
  },
];

const TIMES: readonly PanelOptions[] = [
  {
    title: 'Time to a verdict',
    description: 'From a whole message to its reply.',
    unit: 's',
    targets: [
      { expr: quantile(0.5, 'sluice_check_duration_seconds'), legend: 'p50' },
      { expr: quantile(0.99, 'sluice_check_duration_seconds'), legend: 'p99' },
    ],
  },
  {
    title: 'Calls in flight',
    description: 'Calls of Envoy that have no end yet.',
    targets: [{ expr: total('sluice_calls_in_flight'), legend: 'calls' }],
  },
  {
    title: 'Where requests are inspected',
    description: 'On the thread that speaks with Envoy, or in workers.',
    unit: 'reqps',
    targets: [
      { expr: 'sum(rate(sluice_inspections_inline_total[$__rate_interval]))', legend: 'inline' },
      { expr: 'sum(rate(sluice_inspections_pooled_total[$__rate_interval]))', legend: 'workers' },
    ],
  },
];

const COVERAGE: readonly PanelOptions[] = [
  {
    title: 'Not inspected to the end, by cause',
    description: 'Requests that could not be inspected, and what was done.',
    unit: 'reqps',
    targets: [
      {
        expr: rate('sluice_uninspectable_total', 'cause, action', OF_POLICY),
        legend: '{{cause}}: {{action}}',
      },
    ],
  },
  {
    title: 'Left out, by what and why',
    description: 'Exchanges of which something was not inspected.',
    unit: 'reqps',
    targets: [{ expr: rate('sluice_skipped_total', 'what', OF_POLICY), legend: '{{what}}' }],
  },
  {
    title: 'Bytes of bodies on streams',
    description: 'Those that came, and those that were let on.',
    unit: 'Bps',
    targets: [
      {
        expr: rate('sluice_stream_body_bytes_total', 'direction, what', OF_POLICY),
        legend: '{{direction}} {{what}}',
      },
    ],
  },
];

const HEALTH: readonly PanelOptions[] = [
  {
    title: 'Calls that failed or were refused',
    description: 'By code, and by gRPC status; the connections that broke.',
    unit: 'reqps',
    targets: [
      { expr: rate('sluice_call_failures_total', 'code'), legend: '{{code}}' },
      { expr: rate('sluice_call_refusals_total', 'grpc_status'), legend: 'gRPC {{grpc_status}}' },
      { expr: 'sum(rate(sluice_connection_failures_total[$__rate_interval]))', legend: 'connections' },
    ],
  },
  {
    title: 'Workers',
    description: 'Those that take requests, and steps that wait for one.',
    targets: [
      { expr: total('sluice_pool_threads'), legend: 'threads' },
      { expr: total('sluice_pool_threads_ready'), legend: 'ready' },
      { expr: total('sluice_pool_queue_length'), legend: 'waiting' },
    ],
  },
  {
    title: 'Workers lost, requests condemned or refused',
    description: 'Any of them is worth a look.',
    targets: [
      { expr: 'sum(increase(sluice_pool_workers_lost_total[$__rate_interval]))', legend: 'lost' },
      { expr: 'sum(increase(sluice_pool_condemned_total[$__rate_interval]))', legend: 'condemned' },
      { expr: 'sum(increase(sluice_pool_refused_total[$__rate_interval]))', legend: 'refused' },
    ],
  },
  {
    title: 'Rules in force',
    description: 'Their version, and whether the last reload succeeded.',
    kind: 'stat',
    targets: [
      { expr: 'sum by (version) (sluice_rule_set_info)', legend: '{{version}}' },
      { expr: 'min(sluice_last_reload_successful)', legend: 'last reload' },
    ],
  },
  {
    title: 'Processor and event loop',
    description: 'Cores in use; how long the event loop was held.',
    targets: [
      { expr: 'sum(rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval]))', legend: 'cores' },
      { expr: 'max(nodejs_eventloop_lag_p99_seconds{job=~"$job"})', legend: 'event loop p99 (s)' },
    ],
  },
  {
    title: 'Memory',
    description: 'Resident, and bytes of bodies that workers keep.',
    unit: 'bytes',
    targets: [
      { expr: 'sum(process_resident_memory_bytes{job=~"$job"})', legend: 'resident' },
      { expr: total('sluice_pool_kept_bytes'), legend: 'kept bodies' },
    ],
  },
];

const EVENTS: readonly PanelOptions[] = [
  {
    title: 'Events, by what became of them',
    description: 'Written to the spool, counted in a summary of a flood, or lost. Lost must be nought.',
    unit: 'ops',
    targets: [{ expr: rate('sluice_events_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Lost, and why',
    description:
      'Records that are not, or no longer, in the spool; events that no sink took; writes that the disk refused.',
    targets: [
      {
        expr: 'sum by (data_set, reason) (increase(sluice_spool_dropped_total[$__rate_interval]))',
        legend: '{{data_set}}: {{reason}}',
      },
      { expr: 'sum(increase(sluice_event_failures_total[$__rate_interval]))', legend: 'not taken' },
      { expr: 'sum(increase(sluice_spool_failures_total[$__rate_interval]))', legend: 'refused by the disk' },
    ],
  },
  {
    title: 'Waiting for who reads the spool',
    description: 'Age of the oldest record that a reader has not committed.',
    unit: 's',
    targets: [{ expr: 'max by (reader) (sluice_spool_unread_age_seconds)', legend: '{{reader}}' }],
  },
  {
    title: 'Size of the spool',
    description: 'On disk, unread of it, and waiting in memory for the disk.',
    unit: 'bytes',
    targets: [
      { expr: total('sluice_spool_bytes'), legend: 'spool' },
      { expr: 'sum by (reader) (sluice_spool_unread_bytes)', legend: 'unread by {{reader}}' },
      { expr: total('sluice_spool_buffered_bytes'), legend: 'in memory' },
    ],
  },
  {
    title: 'Floods',
    description: 'Sources whose events are summed up at the moment.',
    targets: [{ expr: total('sluice_flood_sources'), legend: 'sources' }],
  },
  {
    title: 'L7 view',
    description: 'Groups of requests in the running interval, and requests that count in a coarser group.',
    targets: [
      { expr: total('sluice_l7_groups'), legend: 'groups' },
      {
        expr: 'sum by (bound) (increase(sluice_l7_folded_total[$__rate_interval]))',
        legend: 'folded: {{bound}}',
      },
    ],
  },
];

const ROWS: readonly (readonly [title: string, panels: readonly PanelOptions[]])[] = [
  ['Requests', REQUESTS],
  ['Time', TIMES],
  ['Coverage', COVERAGE],
  ['Events', EVENTS],
  ['Health', HEALTH],
];

/** The grid has 24 columns. */
const WIDTH = 12;
const HEIGHT = 8;

function panelOf(
  { title, description, unit, kind, targets }: PanelOptions,
  id: number,
  x: number,
  y: number,
) {
  return {
    id,
    type: kind ?? 'timeseries',
    title,
    description,
    datasource: DATASOURCE,
    gridPos: { x, y, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit: unit ?? 'short', min: 0 }, overrides: [] },
    options: {},
    targets: targets.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: DATASOURCE,
      editorMode: 'code',
      expr,
      legendFormat: legend,
      range: true,
    })),
  };
}

function panels(): readonly object[] {
  const made: object[] = [];
  let y = 0;
  for (const [title, options] of ROWS) {
    made.push({
      id: made.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: 24, h: 1 },
    });
    y += 1;
    for (const [at, each] of options.entries()) {
      made.push(panelOf(each, made.length + 1, (at % 2) * WIDTH, y + Math.floor(at / 2) * HEIGHT));
    }
    y += Math.ceil(options.length / 2) * HEIGHT;
  }
  return made;
}

const variable = (name: string, label: string, query: string) => ({
  name,
  label,
  type: 'query',
  datasource: DATASOURCE,
  query: { query, refId: name },
  definition: query,
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
});

export function grafanaFile(): string {
  const board = {
    uid: 'sluice',
    title: 'Sluice',
    description: 'What sluice serve counts.',
    tags: ['sluice', 'waf'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'utc',
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1 },
        variable('policy', 'Policy', 'label_values(sluice_requests_total, policy)'),
        variable('job', 'Job', 'label_values(sluice_calls_in_flight, job)'),
      ],
    },
    panels: panels(),
  };
  return `${JSON.stringify(board, null, 2)}\n`;
}
