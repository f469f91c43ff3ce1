/** Events as the server makes them: by its policies, in all of its threads, and of what no rule has seen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { ServerError } from '../src/errors.ts';
import { eventOrigin } from '../src/event-origin.ts';
import type { InspectionRequest } from '../src/inspector.ts';
import { LateEvent, madeEvent } from '../src/late-event.ts';
import { createLog } from '../src/log.ts';
import { createPoolInspector, type PoolInspector } from '../src/pool/pool-inspector.ts';
import { buildGeneration } from '../src/rule-sets.ts';
import { body, headers, World } from './support/fake-exchange.ts';
import { ALLOW } from './support/fake-inspector.ts';

const RULES = `SecRequestBodyAccess On
SecRule ARGS|REQUEST_HEADERS "@contains evil" "id:1,phase:2,deny,log,msg:'evil',ver:'TEST_RULES/1.2'"
`;

const POLICIES = `
events: {hashKeyFile: hash.key}
policies:
  plain: {mode: Block}
  third: {mode: Block, events: {sampleClean: 3}}
  masked: {mode: Block, events: {hash: true, mask: {names: [IBAN, pin], headers: [X-Session-Of]}}}
`;

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);

interface Kept {
  readonly event: { readonly id: string };
  readonly waf: {
    readonly sample?: string;
    readonly rules: readonly {
      readonly targets: readonly { readonly value: string; readonly hash?: string }[];
    }[];
  };
}

let directory: string;
let inspectors: Readonly<Record<'inline' | 'pooled', PoolInspector>>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-events-'));
  const file = join(directory, 'rules.conf');
  writeFileSync(file, RULES);
  const { policies, select, limits } = parseConfig(POLICIES, 'sluice.yaml');
  const engine = new Engine({ cacheDirectory: null });
  const generation = buildGeneration({
    engine,
    id: 1,
    version: 'v-1',
    baseFiles: [file],
    policies,
    select,
  }).generation;
  const start = (inlineBytesMax: number): Promise<PoolInspector> =>
    createPoolInspector({
      engine,
      generation,
      limits: { ...limits, poolThreads: 1, inlineBytesMax, verdictMillisMax: 60_000 },
      log: createLog('silent'),
      origin: eventOrigin({ node: 'node-7', hashKey: KEY }),
    });
  inspectors = { inline: await start(1_000_000), pooled: await start(0) };
}, 60_000);

afterAll(async () => {
  await Promise.all([inspectors.inline.close(), inspectors.pooled.close()]);
  rmSync(directory, { recursive: true });
});

const requestOf = (
  policy: string,
  uri: string,
  more: readonly (readonly [string, string])[] = [],
): InspectionRequest => ({
  attributes: {
    id: 'request-1',
    method: 'GET',
    uri,
    protocol: 'HTTP/1.1',
    headers: [['host', 'shop.example'], ...more],
    client: { address: '192.0.2.1', port: 40_000 },
    server: { address: '192.0.2.2', port: 80 },
  },
  policy,
  probe: true,
  scheme: 'https',
  body: new Uint8Array(0),
  bodyComplete: true,
});

/** What the inspector keeps of a request; null where there is no event. */
async function eventOf(where: 'inline' | 'pooled', request: InspectionRequest): Promise<Kept | null> {
  const { event } = await inspectors[where].inspect(request);
  return event === null ? null : (madeEvent(event) as Kept);
}

describe.each(['inline', 'pooled'] as const)('events made %s', (where) => {
  it('say who made them, by which rules, and what the adapter knows of the request', async () => {
    expect(await eventOf(where, requestOf('plain', '/?q=evil'))).toMatchObject({
      observer: { hostname: 'node-7', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
      host: 'node-7',
      url: { scheme: 'https' },
      rule: { id: '1', ruleset: 'TEST_RULES', version: '1.2' },
      waf: { probe: true, rule_set: 'v-1', process: String(process.pid), policy: 'plain' },
    });
  });

  it('of clean requests are made of one in so many as the policy says, and of none without it', async () => {
    const made = async (policy: string): Promise<readonly (string | undefined)[]> => {
      const events: (Kept | null)[] = [];
      for (let count = 0; count < 9; count++)
        events.push(await eventOf(where, requestOf(policy, '/?q=fine')));
      return events.flatMap((event) => (event === null ? [] : [event.waf.sample]));
    };
    expect(await made('third')).toEqual(['clean', 'clean', 'clean']);
    expect(await made('plain')).toEqual([]);
    const attack = await eventOf(where, requestOf('third', '/?q=evil'));
    expect(attack?.waf).not.toHaveProperty('sample');
  });

  it('mask what the policy names, with a hash that tells equal values from others', async () => {
    const uri = (value: string): string => `/?a=evil&user[iban]=${value}evil&pin=${value}evil2`;
    const of = async (value: string): Promise<Kept | null> =>
      eventOf(where, requestOf('masked', uri(value), [['x-session-of', `${value}evil`]]));
    const [one, same, other] = [await of('DE1234567'), await of('DE1234567'), await of('DE7654321')];
    expect(JSON.stringify([one, same])).not.toContain('DE1234567');
    expect(JSON.stringify(await eventOf(where, requestOf('plain', uri('DE1234567'))))).toContain('DE1234567');
    const targets = (event: Kept | null) => event?.waf.rules[0]?.targets ?? [];
    expect(targets(one).map(({ value }) => value)).toEqual(['evil', '***', '***', '***']);
    const hashes = (event: Kept | null) => targets(event).map(({ hash }) => hash);
    expect(hashes(one)).toEqual([
      undefined,
      ...Array.from({ length: 3 }, () => expect.stringMatching(/^[0-9a-f]{32}$/)),
    ]);
    expect(hashes(one)).toEqual(hashes(same));
    expect(new Set([...hashes(one), ...hashes(other)]).size).toBe(5);
  });
});

describe('events made behind the answer', () => {
  const attack = (value: string): InspectionRequest =>
    requestOf('plain', `/${value}?q=evil${value}&token=${value}secret`, [
      ['cookie', `sid=${value}`],
      ['authorization', `Bearer ${value}`],
    ]);

  it('tell the same as those made at once, whatever was inspected in between', async () => {
    const facts = (event: unknown): unknown => {
      const { '@timestamp': _, event: own, waf, ...rest } = event as Record<string, object>;
      return { ...rest, event: { ...own, id: 0, duration: 0 }, waf: { ...waf, latency_us: 0 } };
    };
    const values = ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc'];
    const late = [];
    for (const value of values) late.push((await inspectors.inline.inspect(attack(value))).event);
    expect(late.every((event) => event instanceof LateEvent)).toBe(true);
    const atOnce = [];
    for (const value of values) atOnce.push((await inspectors.pooled.inspect(attack(value))).event);
    expect(late.map(madeEvent).map(facts)).toEqual(atOnce.map(facts));
  });

  it('tell how long the inspection took, not how long the event waited', async () => {
    const found = await inspectors.inline.inspect(attack('dddddddddd'));
    const before = performance.now();
    while (performance.now() - before < 20) await new Promise(setImmediate);
    const { event, waf } = madeEvent(found.event) as { event: { duration: number }; waf: object };
    expect(event.duration).toBe(found.durationMicros * 1_000);
    expect(waf).toMatchObject({ latency_us: found.durationMicros });
  });
});

describe('a client that leaves its upload in Detect', () => {
  const detect = { policy: { mode: 'Detect' } } as const;

  it('is no attack: its event says that it is gone', async () => {
    const exchange = inspectors.inline.open({ ...requestOf('plain', '/'), bodyBytesExpected: null });
    await exchange.requestHeaders();
    await exchange.requestChunk(Buffer.from('a=1'));
    await exchange.requestEnd(true);
    const coverage = {
      requestBytesSeen: 3,
      requestBytesPassed: 3,
      responseBytesSeen: 0,
      responseBytesPassed: 0,
      skipped: ['request: client gone'],
    };
    const found = await exchange.finish(coverage);
    expect(found).toMatchObject({ verdict: { kind: 'allow' }, wouldBlock: false });
    expect(madeEvent(found.event)).toMatchObject({
      event: { action: 'allow', outcome: 'failure', reason: 'client gone' },
      waf: { would_block: false, rules: [] },
    });
  });

  it('is told of to the inspector, and counts as no request that could not be inspected', () => {
    const world = new World(detect);
    world.script.verdict = (step) =>
      step === 'requestEnd' ? { kind: 'uninspectable', cause: 'body_partial' } : ALLOW;
    world.tell(headers(false), body('abc'));
    world.exchange.closed();
    expect(world.inspector.last.coverage?.skipped).toEqual(['request: client gone']);
    expect(world.reports).toMatchObject([
      { verdict: { kind: 'allow' }, metadata: { wouldBlock: false, cause: '' } },
    ]);
    expect(world.counted).toMatchObject([{ skipped: ['request: client gone'] }]);
  });

  it('is an attacker still where rules find an attack in what came', () => {
    const world = new World(detect);
    world.script.verdict = (step) =>
      step === 'requestEnd' ? { kind: 'deny', status: 403, ruleId: 1 } : ALLOW;
    world.tell(headers(false), body('abc'));
    world.exchange.closed();
    expect(world.reports).toMatchObject([{ verdict: { kind: 'deny' }, metadata: { wouldBlock: true } }]);
  });

  it('is told from one whose body has ended', () => {
    const world = new World(detect).tell(headers(false), body('abc', true));
    world.exchange.closed();
    expect(world.inspector.last.coverage?.skipped).toEqual(['response_body: policy'].slice(1));
  });
});

describe('an exchange for which there is no room', () => {
  const full = (world: World): World => {
    vi.spyOn(world.inspector, 'open').mockImplementation(() => {
      throw new ServerError('POOL_FULL', { what: 'exchanges' });
    });
    return world.tell(headers(true));
  };

  it('makes an event: refused where Envoy closes, let through where it does not', () => {
    const seen = (policy: object): unknown => full(new World({ policy })).events;
    const told = { cause: 'unavailable', detail: 'no room for one more exchange: exchanges [POOL_FULL]' };
    expect(seen({ mode: 'Block' })).toMatchObject([
      { event: { type: ['denied'], outcome: 'failure' }, waf: { ...told, would_block: true } },
    ]);
    expect(seen({ mode: 'Block', unavailable: 'Open' })).toMatchObject([
      { event: { type: ['allowed'] }, waf: { ...told, would_block: false } },
    ]);
    expect(seen({ mode: 'Detect' })).toMatchObject([
      { event: { type: ['allowed'] }, waf: { ...told, coverage: { skipped: ['exchange: no room'] } } },
    ]);
  });
});

describe('what a policy does with a verdict', () => {
  it('is in the event: a cause that it lets pass blocks nothing', () => {
    const allowed = { default: 'deny', overrides: { body_partial: 'allow' } } as const;
    const verdict = { kind: 'uninspectable', cause: 'body_partial' } as const;
    const eventOfWorld = (uninspectable: object): unknown => {
      const world = new World({ policy: { mode: 'Block', uninspectable } as never });
      world.script.verdict = (step) => (step === 'requestEnd' ? verdict : ALLOW);
      world.script.found = { event: { event: { type: ['denied'] }, http: {}, waf: { would_block: true } } };
      world.tell(headers(true));
      world.exchange.closed();
      return world.events[0];
    };
    expect(eventOfWorld(allowed)).toMatchObject({
      event: { type: ['allowed'] },
      waf: { would_block: false },
    });
    expect(eventOfWorld({ default: 'deny', overrides: {} })).toMatchObject({
      event: { type: ['denied'] },
      http: { response: { status_code: 403 } },
      waf: { would_block: true, status: 403, cause: 'body_partial' },
    });
  });
});
