import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseQuery, schemaOf } from '../../src/index.ts';
import { Aggregator } from '../../src/store/sqlite/aggregate.ts';
import { fewCandidates } from '../../src/store/sqlite/candidates.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { FunctionHost, Functions } from '../../src/store/sqlite/functions.ts';
import { layoutOf, listItem, listText, listValues } from '../../src/store/sqlite/layout.ts';
import { Reader } from '../../src/store/sqlite/reader.ts';
import { windowsOf } from '../../src/store/sqlite/terms.ts';
import { Translator } from '../../src/store/sqlite/translate.ts';
import { Writer } from '../../src/store/sqlite/writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-internals-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let database: Database;
let files = 0;
beforeEach(() => {
  files += 1;
  database = new Database({
    path: join(folder, `${files}.db`),
    role: 'writer',
    readOnly: false,
    synchronous: 'NORMAL',
  });
  new Writer(database).append(
    Array.from({ length: 300 }, (_, at) => ({
      dataSet: 'waf' as const,
      id: `n${at}`,
      body: JSON.stringify({
        '@timestamp': new Date(at).toISOString(),
        source: { ip: `10.0.0.${at % 250}` },
        user_agent: { original: 'browser' },
        rule_info: `[1] ID:'${942_000 + (at % 100)}'`,
        waf: { rules: [{ id: String(942_000 + (at % 100)) }, { id: '949110' }] },
      }),
    })),
  );
});
afterEach(() => database.close());

const parse = (text: string) => parseQuery(text, schemaOf('waf'));

describe('candidates', () => {
  const found = (text: string, most: number): number | undefined => {
    const candidates = fewCandidates(database, layoutOf('waf'), parse(text), most);
    return candidates === undefined
      ? undefined
      : database.prepare(candidates.text).all(...candidates.values).length;
  };

  it.each([
    ['waf.rules.id = 942005', 3],
    ['waf.rules.id IN {942005, 942006}', 6],
    ['rule_info IN {"*942005*"}', 3],
    ['rule_info IN {"*Host*ID:?942005?", x942006}', 6],
    ['source.ip = ::ffff:10.0.0.3', 2],
    ['event.id = n5', 1],
    ['host = a AND waf.rules.id = 949110 AND source.ip = 10.0.0.3', 2],
    ['source.ip = 10.0.0.3 OR waf.rules.id = 942005', 5],
  ])('are what can match: %s', (text, count) => {
    expect(found(text, 10)).toBe(count);
  });

  it.each([
    'waf.rules.id = 949110',
    'waf.rules.id != 942005',
    'NOT source.ip = 10.0.0.3',
    'source.ip = 10.0.0.0/8',
    'rule_info IN {"*94200*"}',
    'rule_info IN {"*942005*", "*"}',
    'source.ip = 10.0.0.3 OR host = a',
    'waf.rules.id IN {"94*"}',
  ])('are not known, or too many: %s', (text) => {
    expect(found(text, 10)).toBeUndefined();
  });

  it('have all six digits in a row, or say that there are too many', () => {
    expect(windowsOf("1942100 12345 ID:'949110'")).toEqual(['194210', '942100', '949110']);
    expect(windowsOf(Array.from({ length: 100 }, (_, at) => `${100_000 + at}`).join(' '))).toBeUndefined();
  });
});

it('has nothing of a query in the text of a statement', () => {
  const text =
    'host = "it\'s; DROP" AND (url.path IN {"*DROP*", "DR?P"} OR source.ip = 10.9.8.0/24) AND user_agent.original = DROP AND waf.rules.id NOTIN {DROP}';
  const sql = new Translator(layoutOf('waf'), new Functions()).translate(parse(text));
  expect(sql.text).not.toMatch(/DROP|it's|10\.9/);
  expect(sql.text.split('?').length - 1).toBe(sql.values.length);
});

describe('a list of frequent values', () => {
  const counted = (to: number, query = '') => {
    const asked = {
      dataSet: 'waf',
      query: parse(query),
      kind: 'terms',
      field: 'waf.rules.id',
      size: 500,
    } as const;
    const said: string[] = [];
    const watched = Object.assign(Object.create(database), {
      prepare: (sql: string) => {
        said.push(sql);
        return database.prepare(sql);
      },
    });
    const { buckets } = new Aggregator(watched, new FunctionHost(database)).aggregate({
      ...asked,
      from: 0,
      to,
    });
    return { buckets, byIndex: said.some((sql) => sql.includes('INDEXED BY waf_by_f_waf_rules_id')) };
  };

  it('is read off its index, or off the rows of a short time, and is the same', () => {
    const all = counted(300);
    expect(all.byIndex).toBe(true);
    // A metric is in no such index.
    const { buckets } = new Aggregator(database, new FunctionHost(database)).aggregate({
      ...{
        dataSet: 'waf',
        query: parse(''),
        kind: 'terms',
        field: 'waf.rules.id',
        size: 500,
        from: 0,
        to: 300,
      },
      metric: { kind: 'max', field: 'waf.latency_us' },
    });
    expect(all.buckets).toEqual(buckets);
    expect(all.buckets[0]).toMatchObject({ key: ['949110'], count: 300 });
    const few = counted(30);
    expect([few.byIndex, few.buckets.length, few.buckets[0]?.count]).toEqual([false, 31, 30]);
  });

  it('is read off the rows where a question is about more than its index has', () => {
    expect(counted(300, 'waf.destination.namespace = shop').byIndex).toBe(true);
    const one = counted(300, 'source.ip = 10.0.0.7');
    expect([one.byIndex, one.buckets.length]).toEqual([false, 3]);
  });
});

it.each(['user_agent.original IN {"b*r"}', 'user_agent.original = nobody', 'user_agent.original < z'])(
  'gives a question up that takes too long: %s',
  (text) => {
    const query = parse(text);
    const late = new Reader(database, new FunctionHost(database, -1));
    expect(() => late.count({ dataSet: 'waf', query })).toThrow(/given up.*QUERY_TIME/);
    const inTime = new Reader(database, new FunctionHost(database, 60_000));
    expect(inTime.count({ dataSet: 'waf', query })).toBe(text.includes('nobody') ? 0 : 300);
  },
);

it('tells the values of a list from what stands in them', () => {
  const values = ['a', '","', '\n', '"a"', '', 'b\n"c"', 15, true];
  const text = listText(values);
  expect(listValues(text)).toEqual(values);
  for (const value of values) expect(text).toContain(listItem(value));
  for (const absent of ['c', ',', 'b', '15', 1, 5]) expect(text).not.toContain(listItem(absent));
});
