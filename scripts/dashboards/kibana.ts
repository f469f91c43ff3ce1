/** What deploy/kibana/sluice.ndjson holds. */
import { overTime, sumOverTime, sums, top, topBySum } from './lens.ts';
import { dashboard, dataView, type SavedObject, savedSearch } from './saved-object.ts';

const VIEW = 'sluice-waf';
const L7_VIEW = 'sluice-l7';
const BLOCKED = 'event.type : "denied"';
const WOULD_BLOCK = 'waf.would_block : true and not event.type : "denied"';
const CUT_SHORT = 'event.outcome : "failure"';

const COLUMNS = [
  'event.action',
  'source.ip',
  'waf.policy',
  'waf.destination.owner',
  'http.request.method',
  'url.domain',
  'url.path',
  'waf.rules.id',
  'http.request.id',
];

const search = (id: string, title: string, description: string, query: string): SavedObject =>
  savedSearch({ id, title, description, view: VIEW, query, columns: COLUMNS });

const searches = [
  search('sluice-events', 'Sluice: events', 'All events of the firewall, newest first.', ''),
  search('sluice-blocked', 'Sluice: blocked', 'Requests that were refused.', BLOCKED),
  search(
    'sluice-would-block',
    'Sluice: would be blocked',
    'Requests that Block would have refused.',
    WOULD_BLOCK,
  ),
  search(
    'sluice-cut-short',
    'Sluice: not inspected to the end',
    'Requests whose inspection was cut short or failed.',
    CUT_SHORT,
  ),
];

const options = (id: string, title: string, description: string, query?: string) => ({
  id: `sluice-${id}`,
  title: `Sluice: ${title}`,
  description,
  view: VIEW,
  ...(query === undefined ? {} : { query }),
});

const volume = overTime(
  options('volume', 'volume by action', 'What the rules say, whatever the mode.'),
  'event.action',
  'Action',
);
const served = overTime(
  options('served', 'volume by what clients saw', 'Denied where the client was refused.'),
  'event.type',
  'Type',
);
const rules = top(options('rules', 'top rules', 'Rules that matched and log.'), 'waf.rules.id', 'Rule', 15);
const workloads = top(
  options('workloads', 'top workloads', 'What the attacked pods belong to.'),
  'waf.destination.owner',
  'Workload',
);
const sources = top(options('sources', 'top sources', 'Addresses of clients.'), 'source.ip', 'Source');
const wouldBlock = overTime(
  options(
    'detect',
    'would be blocked in Detect, by policy',
    'What a policy would refuse if its mode were Block.',
    'waf.mode : "Detect" and waf.would_block : true',
  ),
  'waf.policy',
  'Policy',
);
const bytes = sums(
  options('coverage', 'coverage: bytes of bodies', 'What came, and what went on.'),
  [
    ['waf.coverage.request_bytes_seen', 'Requests, came'],
    ['waf.coverage.request_bytes_passed', 'Requests, went on'],
    ['waf.coverage.response_bytes_seen', 'Responses, came'],
    ['waf.coverage.response_bytes_passed', 'Responses, went on'],
  ],
  'bytes',
);
const skipped = top(
  options('skipped', 'coverage: what was not inspected', 'And why.'),
  'waf.coverage.skipped',
  'What',
);

const l7 = (id: string, title: string, description: string) => ({
  ...options(id, title, description),
  view: L7_VIEW,
});
const REQUESTS = { path: 'l7.count', label: 'Requests' };

const traffic = sumOverTime(
  l7('l7-status', 'all HTTP by status', 'All requests that passed, not only those that matched.'),
  REQUESTS,
  'l7.status_class',
  'Status',
);
const paths = topBySum(
  l7('l7-paths', 'all HTTP: top paths', 'Paths without what tells requests apart.'),
  REQUESTS,
  'l7.template',
  'Path',
);
const refused = sums(
  l7('l7-blocked', 'all HTTP: refused, would be refused, not inspected', 'Requests.'),
  [
    ['l7.blocked', 'Refused'],
    ['l7.would_block', 'Would be refused'],
    ['l7.uninspectable', 'Not inspected to the end'],
  ],
  'number',
);

const visualisations = [
  traffic,
  paths,
  refused,
  volume,
  served,
  rules,
  workloads,
  sources,
  wouldBlock,
  bytes,
  skipped,
];

const place = (x: number, y: number, w: number, h: number) => ({ x, y, w, h });

export function kibanaObjects(): readonly SavedObject[] {
  const board = dashboard(
    {
      id: 'sluice-overview',
      title: 'Sluice: overview',
      description: 'What the firewall saw, refused and would refuse, and what it could not inspect.',
    },
    [
      { object: volume, place: place(0, 0, 24, 12) },
      { object: served, place: place(24, 0, 24, 12) },
      { object: rules, place: place(0, 12, 24, 14) },
      { object: workloads, place: place(24, 12, 12, 14) },
      { object: sources, place: place(36, 12, 12, 14) },
      { object: wouldBlock, place: place(0, 26, 24, 12) },
      { object: bytes, place: place(24, 26, 12, 12) },
      { object: skipped, place: place(36, 26, 12, 12) },
      { object: traffic, place: place(0, 38, 16, 12) },
      { object: paths, place: place(16, 38, 16, 12) },
      { object: refused, place: place(32, 38, 16, 12) },
      { object: searches[0] ?? volume, place: place(0, 50, 48, 18) },
    ],
  );
  const views = [
    dataView(VIEW, 'Sluice: events', 'logs-sluice.waf-*'),
    dataView(L7_VIEW, 'Sluice: all HTTP', 'logs-sluice.l7-*'),
  ];
  return [...views, ...searches, ...visualisations, board];
}

/** Lines of JSON, and the line at the end by which an export tells what it holds. */
export function kibanaFile(): string {
  const objects = kibanaObjects();
  const details = {
    excludedObjects: [],
    excludedObjectsCount: 0,
    exportedCount: objects.length,
    missingRefCount: 0,
    missingReferences: [],
  };
  return [...objects, details].map((line) => `${JSON.stringify(line)}\n`).join('');
}
