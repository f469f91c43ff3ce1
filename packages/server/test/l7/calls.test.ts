/** What the L7 view counts of calls that do not go well: each once, as what they were. */
import { setImmediate as turn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCheckHandler } from '../../src/check.ts';
import { parseConfig } from '../../src/config.ts';
import { ServerError } from '../../src/errors.ts';
import { EventKeeper } from '../../src/event-keeper.ts';
import { eventOrigin } from '../../src/event-origin.ts';
import { createProcessHandler } from '../../src/ext-proc/service.ts';
import { Groups } from '../../src/l7/groups.ts';
import { L7View } from '../../src/l7/l7-view.ts';
import { DEFAULT_L7 } from '../../src/l7/limits.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { createLog } from '../../src/log.ts';
import { Metrics } from '../../src/metrics.ts';
import { PoliciesInForce } from '../../src/policies/in-force.ts';
import { RefusalEvents } from '../../src/refusal-events.ts';
import type { DuplexReceiver } from '../../src/transport/transport.ts';
import { ScriptedExchanges } from '../support/fake-exchange.ts';
import { ALLOW, DENY, inspection, ScriptedInspector } from '../support/fake-inspector.ts';
import { checkMessage, encode, ProcessingRequestType } from '../support/protos.ts';

const POLICIES = 'policies: {default: {mode: Block}, watch: {mode: Detect}, off: {mode: "Off"}}';

const config = parseConfig(POLICIES, 'sluice.yaml');
const log = createLog('silent');
const full = new ServerError('POOL_FULL', { what: 'exchanges' });

let told: unknown[];
let view: L7View;

beforeEach(() => {
  told = [];
  view = new L7View({
    settings: DEFAULT_L7,
    sink: { append: ({ document }) => told.push(document) > 0 },
    observer: { hostname: 'node-1', version: '1.2.3', process: '0' },
    registry: new Registry(),
    log,
  });
});

const parts = () => {
  const metrics = new Metrics(() => 0);
  const refusals = new RefusalEvents(eventOrigin());
  const events = new EventKeeper({ events: null, metrics, log });
  return {
    policies: new PoliciesInForce(config),
    limits: DEFAULT_LIMITS,
    metrics,
    log,
    events,
    refusals,
    l7: view,
  };
};

describe('a check', () => {
  const inspector = new ScriptedInspector();
  const check = async (policy: string): Promise<unknown> => {
    const handler = createCheckHandler({ ...parts(), events: null, inspector });
    const message = checkMessage({ extensions: { 'sluice.policy': policy } });
    return Promise.resolve()
      .then(() => handler(message, { path: '', deadline: null }))
      .catch((error: unknown) => error);
  };

  it.each([
    ['at once', () => inspection(DENY)],
    ['later', () => Promise.resolve(inspection(DENY))],
  ])('that is refused %s counts as blocked', async (_, script) => {
    inspector.script = script;
    await check('default');
    await view.close();
    expect(told).toMatchObject([
      { l7: { count: 1, blocked: 1, would_block: 0, unjudged: 0, status_class: '4xx' } },
    ]);
  });

  it('that cannot be counted is answered all the same', async () => {
    inspector.script = () => inspection(DENY);
    const add = vi.spyOn(Groups.prototype, 'add').mockImplementation(() => {
      throw new TypeError('a defect');
    });
    onTestFinished(() => add.mockRestore());
    expect(await check('default')).toBeInstanceOf(Uint8Array);
    expect(add).toHaveBeenCalledOnce();
  });

  it('that Detect lets go counts as what Block would have done', async () => {
    inspector.script = () => inspection(DENY, { mode: 'Detect' });
    await check('watch');
    await view.close();
    expect(told).toMatchObject([{ l7: { policy: 'watch', count: 1, blocked: 0, would_block: 1 } }]);
  });

  it.each([
    [
      'at once',
      () => {
        throw full;
      },
    ],
    ['later', () => Promise.reject(full)],
  ])('that finds no room %s counts, without a verdict', async (_, script) => {
    inspector.script = script;
    expect(await check('default')).toBe(full);
    await view.close();
    expect(told).toMatchObject([{ l7: { count: 1, blocked: 0, unjudged: 1, status_class: 'unknown' } }]);
  });

  it('that fails counts as uninspectable', async () => {
    inspector.script = () => Promise.reject(new TypeError('broken'));
    await check('default');
    await view.close();
    expect(told).toMatchObject([{ l7: { count: 1, blocked: 1, uninspectable: 1, unjudged: 0 } }]);
  });

  it('that nobody inspects counts', async () => {
    await check('off');
    await view.close();
    expect(told).toMatchObject([{ l7: { policy: 'off', count: 1, blocked: 0, unjudged: 0 } }]);
  });
});

const headers = (
  kind: 'requestHeaders' | 'responseHeaders',
  endOfStream: boolean,
  all: Readonly<Record<string, string>>,
) =>
  encode(ProcessingRequestType, {
    [kind]: {
      headers: {
        headers: Object.entries(all).map(([key, value]) => ({ key, rawValue: Buffer.from(value, 'latin1') })),
      },
      endOfStream,
    },
    protocolConfig: { requestBodyMode: 'STREAMED', sendBodyWithoutWaitingForHeaderResponse: true },
  });

const GET = { ':method': 'GET', ':path': '/users/17', ':authority': 'shop.example' };

describe('a stream', () => {
  let inspector: ScriptedExchanges;

  beforeEach(() => {
    inspector = new ScriptedExchanges();
  });

  const open = (policy: string, endOfStream = true): DuplexReceiver => {
    const metadata: Readonly<Record<string, string>> = {
      'sluice-policy': policy,
      'sluice-profile': 'streaming',
      'sluice-held-bytes-max': '1000',
    };
    const receiver = createProcessHandler({ ...parts(), inspector })({
      context: { path: '/', deadline: null },
      metadata: (name) => metadata[name],
      send() {},
      pause() {},
      resume() {},
      refuse() {},
    });
    receiver.message(headers('requestHeaders', endOfStream, GET));
    return receiver;
  };

  it('counts once, when it is over, with the answer of the workload', async () => {
    const receiver = open('default');
    receiver.message(headers('responseHeaders', false, { ':status': '201', 'content-length': '70' }));
    await view.flush();
    expect(told).toEqual([]);
    receiver.closed();
    await view.close();
    expect(told).toMatchObject([
      {
        http: { request: { method: 'GET' }, response: { status_code: 201 } },
        l7: { template: '/users/{id}', count: 1, blocked: 0, unjudged: 0, responses: 1, response_bytes: 70 },
      },
    ]);
  });

  it('to a HEAD takes the length of what does not come for nothing', async () => {
    const receiver = open('default');
    receiver.message(headers('responseHeaders', true, { ':status': '200', 'content-length': '70' }));
    receiver.closed();
    await view.close();
    expect(told).toMatchObject([{ l7: { responses: 1, response_bytes: 0 } }]);
  });

  it('that is refused has the status of the refusal', async () => {
    inspector.script.verdict = () => DENY;
    open('default').closed();
    await view.close();
    expect(told).toMatchObject([
      { http: { response: { status_code: 403 } }, l7: { count: 1, blocked: 1, unjudged: 0, responses: 0 } },
    ]);
  });

  it('that a client leaves before its verdict has none', async () => {
    inspector.script.deliver = () => new Promise(() => undefined);
    open('default').closed();
    await view.close();
    expect(told).toMatchObject([{ l7: { count: 1, blocked: 0, unjudged: 1 } }]);
  });

  it('that finds no room has none', async () => {
    inspector.script.verdict = () => {
      throw full;
    };
    open('default').closed();
    await view.close();
    expect(told).toMatchObject([{ l7: { count: 1, unjudged: 1 } }]);
  });

  it('in Detect counts once, also where its verdict comes behind its end', async () => {
    const verdict = Promise.withResolvers<void>();
    inspector.script.verdict = (step) => (step === 'requestEnd' ? DENY : ALLOW);
    inspector.script.found = { wouldBlock: true, mode: 'Detect' };
    inspector.script.deliver = (step, value) => {
      if (step !== 'finish') return value;
      return verdict.promise.then(() => value);
    };
    open('watch').closed();
    verdict.resolve();
    await turn();
    await view.close();
    expect(told).toMatchObject([{ l7: { count: 1, blocked: 0, would_block: 1, unjudged: 0 } }]);
  });
});
