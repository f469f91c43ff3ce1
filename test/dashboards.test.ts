/** The dashboards in deploy/: as the scripts write them, of fields and metrics that there are, with types that fit. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, loadConfig } from '@sluice/server';
import { type Field, L7_SCHEMA, type Schema, WAF_SCHEMA } from '@sluice/spool';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEventSinks } from '../packages/cli/src/serve/event-sinks.ts';
import { serve } from '../packages/cli/src/serve/serve.ts';
import { grafanaFile } from '../scripts/dashboards/grafana.ts';
import { kibanaFile } from '../scripts/dashboards/kibana.ts';
import type { SavedObject } from '../scripts/dashboards/saved-object.ts';
import { repositoryRoot } from '../scripts/tidy.ts';

const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');

const again = 'is what the script writes: run node scripts/dashboards.ts';

describe('deploy/kibana/sluice.ndjson', () => {
  const text = read('deploy/kibana/sluice.ndjson');
  const lines = text.trimEnd().split('\n');
  const objects: readonly SavedObject[] = lines.slice(0, -1).map((line) => JSON.parse(line));

  it(again, () => {
    expect(text).toBe(kibanaFile());
  });

  it('has a data view, saved searches, and a dashboard of everything that was asked for', () => {
    const titles = objects.map(({ type, attributes }) => `${type}: ${attributes.title}`);
    expect(titles).toEqual(
      expect.arrayContaining([
        'index-pattern: logs-sluice.waf-*',
        'index-pattern: logs-sluice.l7-*',
        'lens: Sluice: all HTTP by status',
        'search: Sluice: blocked',
        'search: Sluice: would be blocked',
        'lens: Sluice: volume by action',
        'lens: Sluice: top rules',
        'lens: Sluice: top workloads',
        'lens: Sluice: top sources',
        'lens: Sluice: would be blocked in Detect, by policy',
        'lens: Sluice: coverage: bytes of bodies',
        'dashboard: Sluice: overview',
      ]),
    );
    const dashboards = objects.filter(({ type }) => type === 'dashboard');
    expect(dashboards[0]?.references.filter(({ type }) => type === 'lens')).toHaveLength(
      objects.filter(({ type }) => type === 'lens').length,
    );
  });

  it('ends as an export does, and refers to nothing that it has not', () => {
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      exportedCount: objects.length,
      missingRefCount: 0,
    });
    const known = new Set(objects.map(({ type, id }) => `${type} ${id}`));
    expect(known.size).toBe(objects.length);
    for (const { references } of objects) {
      for (const { type, id } of references) expect(known).toContain(`${type} ${id}`);
    }
  });

  it('has strings of JSON where Kibana reads them, whose references have names that exist', () => {
    for (const { attributes, references } of objects) {
      const names = references.map(({ name }) => name);
      for (const json of stringsOfJson(attributes)) {
        const value: unknown = JSON.parse(json);
        for (const [key, name] of pairsOf(value)) {
          if (key === 'indexRefName') expect(names).toContain(name);
          if (key === 'panelRefName') expect(names.map((each) => each.replace(/^\d+:/, ''))).toContain(name);
        }
      }
    }
    const board = objects.find(({ type }) => type === 'dashboard');
    const panels: readonly { readonly panelIndex: string; readonly gridData: Record<string, number> }[] =
      JSON.parse(String(board?.attributes.panelsJSON));
    expect(new Set(panels.map(({ panelIndex }) => panelIndex)).size).toBe(panels.length);
    for (const { gridData } of panels) expect((gridData.x ?? 0) + (gridData.w ?? 0)).toBeLessThanOrEqual(48);
  });

  it('uses fields of the schema only, each as its type allows', () => {
    const used = objects.flatMap((object) =>
      usesOf(object).map((use) => ({ ...use, schema: schemaOf(object) })),
    );
    expect(used.length).toBeGreaterThan(20);
    for (const { path, as, schema } of used) {
      const field = schema.fields.find((each) => each.path === path);
      expect(field, path).toBeDefined();
      if (field !== undefined) expect(ALLOWED[as], `${path} as ${as}`).toContain(field.type);
    }
  });

  it('finds a field that there is not', () => {
    const [search] = objects.filter(({ type }) => type === 'search');
    const changed = {
      ...search,
      attributes: { ...search?.attributes, columns: ['waf.rule.id'] },
    } as SavedObject;
    const paths = usesOf(changed).map(({ path }) => path);
    expect(paths.filter((path) => !WAF_SCHEMA.fields.some((field) => field.path === path))).toEqual([
      'waf.rule.id',
    ]);
  });
});

/** That of the data view which an object shows. */
const schemaOf = ({ id, references }: SavedObject): Schema =>
  id === 'sluice-l7' || references.some((each) => each.id === 'sluice-l7') ? L7_SCHEMA : WAF_SCHEMA;

type Use = 'terms' | 'date_histogram' | 'sum' | 'show' | 'sort' | 'query';

const ALLOWED: Readonly<Record<Use, readonly Field['type'][]>> = {
  terms: ['keyword', 'ip', 'long', 'boolean'],
  date_histogram: ['date'],
  sum: ['long'],
  sort: ['date', 'long', 'keyword', 'ip'],
  show: ['keyword', 'ip', 'date', 'long', 'boolean'],
  query: ['keyword', 'boolean'],
};

/** Every field that an object names, wherever it does. */
function usesOf({ type, attributes }: SavedObject): readonly { readonly path: string; readonly as: Use }[] {
  const found: { path: string; as: Use }[] = [];
  if (type === 'index-pattern') found.push({ path: String(attributes.timeFieldName), as: 'date_histogram' });
  if (type === 'search') {
    for (const path of attributes.columns as readonly string[]) found.push({ path, as: 'show' });
    for (const [path = ''] of attributes.sort as readonly string[][]) found.push({ path, as: 'sort' });
  }
  const inside = [attributes, ...stringsOfJson(attributes).map((json): unknown => JSON.parse(json))];
  for (const value of inside) {
    for (const [key, child] of pairsOf(value)) {
      if (key === 'query' && typeof child === 'string') {
        for (const [, path = ''] of child.matchAll(/([\w.@]+) :/g)) found.push({ path, as: 'query' });
      }
      if (typeof child !== 'object' || child === null || !('sourceField' in child)) continue;
      if (!('operationType' in child) || child.sourceField === '___records___') continue;
      found.push({ path: String(child.sourceField), as: child.operationType as Use });
    }
  }
  return found;
}

/** Attributes by which Kibana keeps JSON in a string. */
const stringsOfJson = (attributes: object): readonly string[] =>
  [...pairsOf(attributes)].flatMap(([key, value]) =>
    typeof value === 'string' && (/JSON$/.test(key) || ['fields', 'fieldAttrs', 'typeMeta'].includes(key))
      ? [value]
      : [],
  );

function* pairsOf(value: unknown): Generator<readonly [key: string, value: unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    yield [key, child];
    yield* pairsOf(child);
  }
}

describe('deploy/grafana/sluice.json', () => {
  const text = read('deploy/grafana/sluice.json');
  const queries = [...pairsOf(JSON.parse(text))].flatMap(([key, value]) =>
    (key === 'expr' || key === 'definition') && typeof value === 'string' ? [value] : [],
  );
  let folder: string;
  let metrics: ReadonlyMap<string, { readonly type: string; readonly labels: readonly string[] }>;
  let close: () => Promise<unknown>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-dashboards-'));
    const path = join(folder, 'sluice.yaml');
    writeFileSync(
      path,
      `listen: ["unix:${folder}/s.sock"]\nadmin: false\nrules: {crs: false}\nlimits: {poolThreads: 0}\nevents: {stdout: false, spool: {directory: "${folder}/spool"}}\npolicies: {default: {mode: Block}}\n`,
    );
    const config = loadConfig(path);
    const log = createLog('fatal', process.stderr);
    const source = { path, read: () => loadConfig(path) };
    const events = await openEventSinks(config, log);
    const { server, reloading } = await serve({
      config,
      log,
      events: events.sink,
      spool: events.spool,
      source,
    });
    close = async () => {
      await reloading?.close();
      await server.close();
      await events.end();
    };
    // prom-client has the names of labels, and its types do not say so.
    const all = server.metrics.registry.getMetricsAsArray() as unknown as readonly {
      readonly name: string;
      readonly type?: string;
      readonly labelNames?: readonly string[];
    }[];
    metrics = new Map(
      await Promise.all(
        all.map(async (metric) => {
          const { type, values } = (await server.metrics.registry.getSingleMetric(metric.name)?.get()) ?? {
            type: '',
            values: [],
          };
          const seen = values.flatMap(({ labels }) => Object.keys(labels));
          return [
            metric.name,
            { type: String(type), labels: [...new Set([...(metric.labelNames ?? []), ...seen])] },
          ] as const;
        }),
      ),
    );
  });

  afterAll(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(again, () => {
    expect(text).toBe(grafanaFile());
  });

  it('asks for metrics of sluice serve only, counters by their rate, histograms by their buckets', () => {
    expect(queries.length).toBeGreaterThan(20);
    for (const query of queries) expect(faultsOf(query, metrics), query).toEqual([]);
  });

  it.each([
    ['sum by (outcome) (rate(sluice_request_total[5m]))', 'no metric sluice_request_total'],
    ['sum(sluice_requests_total)', 'sluice_requests_total is a counter without a rate'],
    ['sum by (kind) (rate(sluice_requests_total[5m]))', 'no label kind'],
    ['sum(rate(sluice_requests_total{rule="1"}[5m]))', 'no label rule'],
    ['sum(rate(sluice_calls_in_flight[5m]))', 'sluice_calls_in_flight is a gauge with a rate'],
    ['rate(sluice_check_duration_seconds[5m])', 'no metric sluice_check_duration_seconds'],
  ])('finds what is wrong with %s', (query, fault) => {
    expect(faultsOf(query, metrics)).toContain(fault);
  });
});

/** What Prometheus adds to the labels of everything that it scrapes. */
const SCRAPED = ['job', 'instance', 'le'];

function faultsOf(
  query: string,
  metrics: ReadonlyMap<string, { readonly type: string; readonly labels: readonly string[] }>,
): readonly string[] {
  const faults: string[] = [];
  const labels = new Set<string>(SCRAPED);
  for (const [name] of query.matchAll(/\b(?:sluice|process|nodejs)_\w+/g)) {
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    const histogram = metrics.get(base)?.type === 'histogram' && base !== name;
    const metric = histogram ? metrics.get(base) : metrics.get(name);
    if (metric === undefined || (metric.type === 'histogram' && !histogram)) {
      faults.push(`no metric ${name}`);
      continue;
    }
    for (const label of metric.labels) labels.add(label);
    if (base !== name && histogram) labels.add('policy');
    if (/^label_values/.test(query)) continue;
    const isRate = new RegExp(`(?:rate|increase)\\(${name}\\b`).test(query);
    if (metric.type === 'counter' && !isRate) faults.push(`${name} is a counter without a rate`);
    if (metric.type === 'gauge' && isRate) faults.push(`${name} is a gauge with a rate`);
  }
  const named = [
    ...[...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(',')),
    ...[...query.matchAll(/\{([^{}]*)\}/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/(\w+)\s*=/g)].map(([, label = '']) => label),
    ),
    ...[...query.matchAll(/^label_values\(\w+, (\w+)\)/g)].map(([, label = '']) => label),
  ];
  for (const label of named.map((each) => each.trim())) {
    if (!labels.has(label)) faults.push(`no label ${label}`);
  }
  return faults;
}
