/** Events and their schema say the same: each field of an event is in the schema, with its type, and each of the schema occurs. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildEvent,
  buildRefusalEvent,
  type EventContext,
  overlayFor,
  type RuleUnit,
  type WafEvent,
  withOutcome,
} from '../packages/engine/src/index.ts';
import { recordFault } from '../packages/hub/src/store/document-check.ts';
import { type Document, type Field, type Json, WAF_SCHEMA } from '../packages/spool/src/index.ts';
import { crsRequests, crsUnit, engine, judgeBy } from './crs-events.ts';

const COMPILE_MILLIS = 600_000;

const WORKLOAD = {
  namespace: 'shop',
  pod: 'shop-1',
  uid: 'u-1',
  owner: 'Deployment/shop',
  labels: ['app=shop'],
};

const CONTEXT: EventContext = {
  observer: { hostname: 'node-1', version: '0.1.0', process: '7' },
  ruleSet: '0123456789ab',
  scheme: 'https',
  source: WORKLOAD,
  destination: { ...WORKLOAD, service: 'shop', services: ['shop'] },
  gateway: { name: 'edge', namespace: 'gateways' },
  probe: true,
  masking: { names: ['pin'], headers: [], hashKey: new Uint8Array(32) },
};

/** What no event of the engine has: others write it, or it is added where an event is handed on. */
const WRITTEN_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['observer.name', 'the hub writes it'],
  ['waf.candidate', 'the thread that judges for a candidate adds it'],
  ['waf.flood.count', 'the spool writes these, of sources that send more than are kept one by one'],
  ['waf.flood.from', 'the same'],
  ['waf.flood.to', 'the same'],
  ...['act', 'namespace', 'pod', 'uid', 'owner', 'actor', 'reason', 'until', 'event'].map(
    (name) => [`waf.quarantine.${name}`, 'what is done to pods is no request'] as const,
  ),
]);

const LEAK =
  '<b>You have an error in your SQL syntax; check the manual that corresponds to your MySQL server</b>';

const answer = (body: string) => ({
  attributes: { status: 200, protocol: 'HTTP/1.1', headers: [['Content-Type', 'text/html']] as const },
  body,
});

const NOTHING = { requestBytesSeen: 0, requestBytesPassed: 0, responseBytesSeen: 0, responseBytesPassed: 0 };

let unit: RuleUnit;
let events: readonly WafEvent[];

beforeAll(() => {
  unit = crsUnit();
  const all = { paranoia: 4, responseBody: { inspect: true } } as const;
  const block = engine.ruleSet(unit, overlayFor({ name: 'shop', mode: 'Block', ...all }));
  const detect = engine.ruleSet(unit, overlayFor({ name: 'shop', mode: 'Detect', ...all }));
  const requests = crsRequests(9);
  expect(requests.length).toBeGreaterThan(400);
  const judged = requests.flatMap((request, index) => [
    buildEvent(judgeBy(block, request), index % 2 === 0 ? CONTEXT : {}),
    buildEvent(judgeBy(detect, request, answer(LEAK)), CONTEXT),
  ]);
  events = [...judged, ...special(), ...judged.slice(0, 9).map(settled)];

  function special(): readonly WafEvent[] {
    const request = requests[0];
    if (request === undefined) return [];
    const { attributes } = request;
    const headers = [
      ['Host', 'shop.example'],
      ['Content-Type', 'application/json'],
      ['Referer', 'https://shop.example/'],
      ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    ] as const;
    const plain = { body: Buffer.from('{'), attributes: { ...attributes, method: 'POST', headers } };
    const secret = { ...plain.attributes, uri: "/?pin=1'+or+1=1--&q=1" };
    const clean = { body: Buffer.from(''), attributes: { ...attributes, uri: '/', method: 'GET' } };
    const refusal = {
      ...CONTEXT,
      attributes: { ...attributes, client: { address: '', port: 0 } },
      policy: 'shop',
      mode: 'Block',
      cause: 'deadline',
      detail: 'late',
      isDenied: true,
      status: 403,
      coverage: { ...NOTHING, skipped: ['request_body: upgrade'] },
      startedAtMillis: 0,
      durationMicros: 1,
    } as const;
    return [
      buildEvent(judgeBy(block, plain)),
      buildEvent(judgeBy(detect, { ...clean, attributes: secret }), CONTEXT),
      buildEvent(judgeBy(block, clean, answer('fine')), { ...CONTEXT, sample: 'clean', latencyMicros: 9 }),
      buildRefusalEvent(refusal),
    ];
  }
}, COMPILE_MILLIS);

const settled = (event: WafEvent): WafEvent =>
  withOutcome(event, { action: 'deny', cause: null, isDenied: true, wouldBlock: true, status: 406 });

const isFamily = (path: string): Field | undefined =>
  WAF_SCHEMA.families.find((family) => path.startsWith(family.path.slice(0, -1)));

/** Values by their paths; an array says that there may be several. */
function* leaves(value: Json, path: string, many: boolean): Generator<readonly [string, Json, boolean]> {
  if (Array.isArray(value)) {
    for (const each of value) yield* leaves(each, path, true);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      yield* leaves(each, path === '' ? name : `${path}.${name}`, many);
    }
  } else yield [path, value, many];
}

const JSON_TYPES: Readonly<Record<Field['type'], string>> = {
  keyword: 'string',
  ip: 'string',
  date: 'string',
  long: 'number',
  boolean: 'boolean',
};

describe('events of requests of the CRS, of refusals and of samples', () => {
  it('have fields of the schema only, of its types, and several values only where it says so', () => {
    const fields = new Map(WAF_SCHEMA.fields.map((field) => [field.path, field]));
    const wrong = new Set<string>();
    for (const event of events) {
      // As it is kept: what JSON leaves out is not there.
      for (const [path, value, many] of leaves(JSON.parse(JSON.stringify(event)), '', false)) {
        const field = fields.get(path) ?? isFamily(path);
        if (field === undefined) wrong.add(`${path} is not in the schema`);
        else if (typeof value !== JSON_TYPES[field.type]) wrong.add(`${path} is ${String(value)}`);
        else if (many && !field.many) wrong.add(`${path} has several values`);
      }
    }
    expect([...wrong]).toEqual([]);
  });

  it('have each field of the schema, but for those that others write', () => {
    const seen = new Set(events.flatMap((event) => [...leaves(event, '', false)].map(([path]) => path)));
    const missing = WAF_SCHEMA.fields.map(({ path }) => path).filter((path) => !seen.has(path));
    expect(missing).toEqual([...WRITTEN_ELSEWHERE.keys()]);
    for (const { path } of WAF_SCHEMA.families) {
      expect([...seen].some((name) => name.startsWith(path.slice(0, -1)))).toBe(true);
    }
  });

  it('are documents that every store takes', () => {
    const faults = events.map((event) => {
      const document: Document = event;
      return recordFault({ dataSet: 'waf', id: event.event.id, source: '', document }, () => undefined);
    });
    expect(faults.filter((fault) => fault !== null)).toEqual([]);
  });

  it('leave out what is not known, and say no null', () => {
    for (const event of events) expect(JSON.stringify(event)).not.toContain(':null');
  });

  it('hold no text that a store would not index', () => {
    for (const event of events) {
      for (const [, value] of leaves(event, '', false)) {
        if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(8_191);
      }
    }
  });
});
