import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCheckHandler } from '../src/check.ts';
import { parseConfig } from '../src/config.ts';
import { ServerError } from '../src/errors.ts';
import { type Inspection, type Mode, UNINSPECTABLE_CAUSES } from '../src/inspector.ts';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import { createLog } from '../src/log.ts';
import { Metrics } from '../src/metrics.ts';
import { PoliciesInForce } from '../src/policies/in-force.ts';
import type { UnaryHandler } from '../src/transport/transport.ts';
import { ALLOW, DENY, inspection, ScriptedInspector } from './support/fake-inspector.ts';
import { type CheckOptions, checkMessage, decodeReply, metadataOf, outcome } from './support/protos.ts';

const MODES: readonly Mode[] = ['Off', 'Detect', 'Block'];

const POLICIES = `
policies:
  default: {mode: Block}
  Off: {mode: Off}
  Detect: {mode: Detect}
  Block: {mode: Block}
  untunnelled: {mode: Block, upgrades: Deny}
  lenient: {mode: Block, uninspectable: {overrides: {body_partial: allow}}}
  page:
    mode: Block
    blockPage:
      status: 406
      headers: {x-help: "{{request_id}}"}
      bodies: [{contentType: text/plain, template: "no: {{request_id}}"}]
select:
  destinations:
    - {policy: Detect, ports: [4711]}
    - {policy: page, ports: [4712], routes: [shop]}
  stricter:
    - {hosts: [admin.example.com], mode: Block, paranoia: 3}
    - {headers: [{name: x-internal}], deny: everybody}
`;

let inspector: ScriptedInspector;
let metrics: Metrics;
let lines: string[];
let kept: unknown[];
let handler: UnaryHandler;

beforeEach(() => {
  inspector = new ScriptedInspector();
  metrics = new Metrics(() => 0);
  lines = [];
  kept = [];
  handler = createCheckHandler({
    policies: new PoliciesInForce(parseConfig(POLICIES, 'sluice.yaml')),
    limits: { ...DEFAULT_LIMITS, headerLinesMax: 50 },
    inspector,
    metrics,
    log: createLog('trace', { write: (line: string) => lines.push(line) }),
    events: {
      accept: (event) => {
        if (event === 'refuse') throw new TypeError('disk full');
        kept.push(event);
      },
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const call = async (options: CheckOptions = {}): Promise<Uint8Array> =>
  handler(checkMessage(options), { path: '', deadline: null });

const callMode = (mode: string, options: CheckOptions = {}): Promise<Uint8Array> =>
  call({ ...options, extensions: { 'sluice.policy': mode } });

const partial: CheckOptions = {
  lines: [['x-envoy-auth-partial-body', 'true']],
  body: Buffer.from('x'),
};

describe('a check', () => {
  it('answers at once where the inspector does', () => {
    expect(handler(checkMessage(), { path: '', deadline: null })).toBeInstanceOf(Uint8Array);
  });

  it('allows and denies as the inspector says', async () => {
    expect(outcome(await call())).toBe('allow');
    inspector.script = () => inspection({ kind: 'deny', ruleId: 942_100, status: 406 });
    expect(outcome(await call())).toBe(406);
  });

  it('tells a client that it was blocked, never why', async () => {
    inspector.script = () => inspection(DENY);
    const denied = decodeReply(await call({ lines: [['x-request-id', 'req-1']] })).deniedResponse;
    const headers = Object.fromEntries(denied?.headers.map(({ header }) => [header.key, header.value]) ?? []);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-request-id': 'req-1',
    });
    expect(denied?.body).toBe('{"error":"blocked","request_id":"req-1"}');
  });

  it('gives the access log what it needs', async () => {
    inspector.script = () => inspection(DENY);
    const reply = await callMode('Detect', { lines: [['x-request-id', 'req-1']] });
    const fields = ['request_id', 'policy', 'mode', 'verdict', 'action', 'would_block', 'rule_ids', 'cause'];
    expect(fields.map((name) => metadataOf(reply, name))).toEqual([
      'req-1',
      'Detect',
      'Detect',
      'deny',
      'allow',
      true,
      [942_100],
      '',
    ]);
  });

  it('hands over the body as received', async () => {
    await call({ body: Buffer.from([1, 2, 255]) });
    expect(Buffer.from(inspector.last.body)).toEqual(Buffer.from([1, 2, 255]));
    expect(inspector.last.bodyComplete).toBe(true);
  });

  it('asks nothing in Off', async () => {
    inspector.script = () => inspection(DENY);
    expect(outcome(await callMode('Off'))).toBe('allow');
    expect(inspector.requests).toHaveLength(0);
  });

  it('refuses a policy that does not exist: another must not stand in for it', async () => {
    await expect(callMode('missing')).rejects.toMatchObject({ code: 'POLICY_UNKNOWN' });
  });

  it('refuses policies named like properties of every object', async () => {
    for (const name of ['__proto__', 'constructor', '']) {
      await expect(callMode(name)).rejects.toMatchObject({ code: 'POLICY_UNKNOWN' });
    }
  });
});

describe('a policy of its own', () => {
  it('comes from the destination where the route names none', async () => {
    inspector.script = () => inspection(DENY);
    const reply = await call({ port: 4_711 });
    expect([outcome(reply), metadataOf(reply, 'policy')]).toEqual(['allow', 'Detect']);
    expect(metadataOf(await call(), 'policy')).toBe('default');
    expect(metadataOf(await callMode('Block', { port: 4_711 }), 'policy')).toBe('Block');
  });

  it('is refused where it depends on what Envoy does not tell: another must not stand in for it', async () => {
    await expect(call({ port: 4_712 })).rejects.toMatchObject({ code: 'DESTINATION_UNKNOWN' });
  });

  it('is made stricter by the host, and keeps its name', async () => {
    inspector.script = () => inspection(DENY);
    const reply = await callMode('Detect', { host: 'ADMIN.example.com:8080' });
    expect([outcome(reply), metadataOf(reply, 'policy')]).toEqual([403, 'Detect']);
    expect(inspector.last.policy).toBe('Detect#Block-3-5-4');
  });

  it('denies upgrades where it says so, and other requests not', async () => {
    const upgrade = { headers: { connection: 'keep-alive, Upgrade', upgrade: 'websocket' } };
    expect(outcome(await callMode('untunnelled', upgrade))).toBe(403);
    expect(outcome(await callMode('untunnelled', { method: 'CONNECT' }))).toBe(403);
    expect(outcome(await callMode('untunnelled', { headers: { upgrade: 'websocket' } }))).toBe('allow');
    expect(outcome(await callMode('Block', upgrade))).toBe('allow');
  });

  it('denies who is not let in, whatever the inspector finds', async () => {
    expect(outcome(await call({ headers: { 'x-internal': 'a' } }))).toBe(403);
    expect(inspector.last.policy).toBe('default#Block-1-5-4-denied');
    const detect = await callMode('Detect', { headers: { 'x-internal': 'a' } });
    expect([outcome(detect), metadataOf(detect, 'would_block')]).toEqual(['allow', true]);
  });

  it('has a status, headers and a page of its own', async () => {
    inspector.script = () => inspection(DENY);
    const reply = await callMode('page', { lines: [['x-request-id', 'req-1']] });
    const denied = decodeReply(reply).deniedResponse;
    expect([outcome(reply), denied?.body]).toEqual([406, 'no: req-1']);
    const headers = denied?.headers.map(({ header }) => [header.key, header.value]);
    expect(headers).toContainEqual(['x-help', 'req-1']);
    expect(headers).toContainEqual(['content-type', 'text/plain']);
    inspector.script = () => inspection({ kind: 'uninspectable', cause: 'body_syntax' });
    expect(outcome(await callMode('page'))).toBe(406);
  });
});

describe('an inspector that fails', () => {
  const failures: readonly (readonly [string, () => Inspection | Promise<Inspection>])[] = [
    [
      'throws',
      () => {
        throw new TypeError('boom');
      },
    ],
    [
      'throws what is no error',
      () => {
        throw 'text';
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('boom'))],
    ['answers undefined', () => undefined as unknown as Inspection],
    ['answers null later', () => Promise.resolve(null as unknown as Inspection)],
    ['answers an empty object', () => ({}) as unknown as Inspection],
    ['answers an unknown verdict', () => inspection({ kind: 'fine' } as unknown as typeof ALLOW)],
    ['answers an unknown mode', () => inspection(ALLOW, { mode: 'Lax' as Mode })],
    ['answers without rules', () => inspection(ALLOW, { rules: null as unknown as number[] })],
    ['answers what is neither an answer nor a promise', () => 1 as unknown as Inspection],
  ];

  it.each(failures)('and %s is a denial in Block and an allow in Detect', async (_, script) => {
    inspector.script = script;
    const blocked = await callMode('Block');
    expect(outcome(blocked)).toBe(403);
    expect(metadataOf(blocked, 'cause')).toBe('inspector_failed');
    expect(outcome(await callMode('Detect'))).toBe('allow');
    const text = await metrics.registry.metrics();
    expect(text).toContain(
      'sluice_uninspectable_total{policy="Block",cause="inspector_failed",action="deny"} 1',
    );
    expect(text).toContain(
      'sluice_uninspectable_total{policy="Detect",cause="inspector_failed",action="allow"} 1',
    );
  });

  it('and answers too late is a denial at the deadline', async () => {
    vi.useFakeTimers();
    let answer: (late: Inspection) => void = () => {};
    inspector.script = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const reply = callMode('Block');
    await vi.advanceTimersByTimeAsync(DEFAULT_LIMITS.verdictMillisMax);
    expect(metadataOf(await reply, 'cause')).toBe('deadline');
    expect(outcome(await reply)).toBe(403);
    answer(inspection(ALLOW));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('and answers in time leaves no timer behind', async () => {
    vi.useFakeTimers();
    inspector.script = () => Promise.resolve(inspection(DENY));
    expect(outcome(await callMode('Block'))).toBe(403);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is logged without what the request held', async () => {
    inspector.script = () => {
      throw new TypeError('secret=hunter2\n    at hunter2 (/x.js:1:1)');
    };
    await call({ path: '/hunter2', lines: [['authorization', 'hunter2']], body: Buffer.from('hunter2') });
    expect(lines.join('')).toContain('the inspector failed');
    expect(lines.join('')).not.toContain('hunter2');
  });

  it('is logged a few times, not for each request', async () => {
    inspector.script = () => {
      throw new TypeError('boom');
    };
    for (let index = 0; index < 100; index++) await call();
    expect(lines.filter((line) => line.includes('the inspector failed')).length).toBeLessThanOrEqual(10);
  });
});

describe('what was not given whole', () => {
  it('is no allow, whatever the inspector says', async () => {
    const reply = await callMode('Block', partial);
    expect(outcome(reply)).toBe(403);
    expect(metadataOf(reply, 'cause')).toBe('body_partial');
    expect(inspector.last.bodyComplete).toBe(false);
  });

  it('is allowed where the policy says so, and in Detect', async () => {
    const passed = await callMode('lenient', partial);
    expect(outcome(passed)).toBe('allow');
    expect(metadataOf(passed, 'skipped')).toBe('request_body: over the limit');
    expect(metadataOf(passed, 'request_bytes_passed')).toBe(metadataOf(passed, 'request_bytes_seen'));
    const detected = await callMode('Detect', partial);
    expect(outcome(detected)).toBe('allow');
    expect(metadataOf(detected, 'would_block')).toBe(true);
  });

  it('stays a denial by rule where a rule matched', async () => {
    inspector.script = () => inspection({ kind: 'deny', ruleId: 942_100, status: 400 });
    expect(outcome(await callMode('lenient', partial))).toBe(400);
  });

  it('covers header lines over the limit, under the cause of their own', async () => {
    const many = Array.from({ length: 51 }, (_, index) => [`h${index}`, 'v'] as const);
    expect(outcome(await callMode('Block', { lines: many.slice(0, 50) }))).toBe('allow');
    const reply = await callMode('lenient', { lines: many });
    expect(outcome(reply)).toBe(403);
    expect(metadataOf(reply, 'cause')).toBe('headers');
  });

  it('is counted', async () => {
    await callMode('Detect', partial);
    expect(await metrics.registry.metrics()).toContain('sluice_partial_bodies_total{policy="Detect"} 1');
  });
});

describe('every verdict under every mode', () => {
  it('gets a reply that says what it is', async () => {
    const verdicts = [
      ALLOW,
      DENY,
      ...UNINSPECTABLE_CAUSES.map((cause) => ({ kind: 'uninspectable', cause }) as const),
    ];
    for (const verdict of verdicts) {
      for (const mode of MODES) {
        for (const transaction of MODES) {
          inspector.script = () => inspection(verdict, { mode: transaction });
          const reply = decodeReply(await callMode(mode));
          const denies = verdict.kind !== 'allow' && mode === 'Block' && transaction === 'Block';
          expect(reply.status?.code).toBe(denies ? 7 : 0);
          expect(reply.deniedResponse === undefined || reply.deniedResponse === null).toBe(!denies);
          expect(reply.okResponse === undefined || reply.okResponse === null).toBe(denies);
        }
      }
    }
  });
});

describe('events', () => {
  it('are handed on, and only where there are some', async () => {
    await call();
    inspector.script = () => inspection(ALLOW, { event: { id: 1 } });
    await call();
    expect(kept).toEqual([{ id: 1 }]);
  });

  it('that are not kept change no verdict and are counted', async () => {
    inspector.script = () => inspection(ALLOW, { event: 'refuse' });
    expect(outcome(await call())).toBe('allow');
    inspector.script = () => inspection(DENY, { event: 'refuse' });
    expect(outcome(await call())).toBe(403);
    expect(await metrics.registry.metrics()).toContain('sluice_event_failures_total 2');
  });

  it('that cannot be made change no verdict, either', async () => {
    const event = {
      http: {},
      get waf(): never {
        throw new TypeError('a defect');
      },
    };
    inspector.script = () => inspection(ALLOW, { event });
    expect(outcome(await call())).toBe('allow');
    expect(await metrics.registry.metrics()).toContain('sluice_event_failures_total 1');
  });
});

describe('what the server decides by itself', () => {
  it.each([
    ['inspector_failed', 'INSPECTION_INVALID'],
    ['deadline', 'INSPECTION_LATE'],
    ['rule_set_retired', 'RULE_SET_RETIRED'],
  ] as const)('makes an event: %s', async (cause, code) => {
    inspector.script = () => Promise.reject(new ServerError(code));
    const lines = [['x-request-id', 'req-1']] as const;
    expect(outcome(await callMode('Block', { lines }))).toBe(403);
    expect(outcome(await callMode('Detect', { lines }))).toBe('allow');
    expect(kept).toMatchObject([
      { event: { type: ['denied'] }, request_id: 'req-1', waf: { policy: 'Block', cause, status: 403 } },
      { event: { type: ['allowed'] }, request_id: 'req-1', waf: { policy: 'Detect', cause, status: 403 } },
    ]);
    expect(kept).toMatchObject([
      { http: { response: { status_code: 403 } }, waf: { would_block: true } },
      { waf: { would_block: true } },
    ]);
  });

  it('is no verdict where there is no room: the call fails, and Envoy does what it was told', async () => {
    inspector.script = () => Promise.reject(new ServerError('POOL_FULL', { what: 'exchanges' }));
    await expect(callMode('Block')).rejects.toMatchObject({ code: 'POOL_FULL' });
    inspector.script = () => {
      throw new ServerError('POOL_FULL', { what: 'exchanges' });
    };
    await expect(callMode('Block')).rejects.toMatchObject({ code: 'POOL_FULL' });
    const unavailable = {
      cause: 'unavailable',
      detail: 'no room for one more exchange: exchanges [POOL_FULL]',
    };
    expect(kept).toMatchObject([
      { event: { type: ['denied'], outcome: 'failure' }, waf: unavailable },
      { event: { type: ['denied'], outcome: 'failure' }, waf: unavailable },
    ]);
  });
});

describe('hostile content', () => {
  it.each([
    ['NUL and invalid UTF-8 in values', { lines: [['x', '\x00\xff\xfe\xc3(']] }],
    ['bytes of any kind in the path', { path: '/\u0000\u0080%00' }],
    ['a header of a megabyte', { lines: [['x', 'a'.repeat(1_048_576)]] }],
    ['an Accept of a megabyte', { lines: [['accept', 'application/'.repeat(90_000)]] }],
    ['a request id of a megabyte', { lines: [['x-request-id', 'a'.repeat(1_048_576)]] }],
    ['many lines of one name', { lines: Array.from({ length: 40 }, () => ['a', 'b'] as const) }],
  ] satisfies readonly (readonly [string, CheckOptions])[])(
    'reaches the inspector: %s',
    async (_, options) => {
      inspector.script = () => inspection(DENY);
      expect(outcome(await callMode('Block', options))).toBe(403);
      expect(inspector.requests).toHaveLength(1);
    },
  );
});
