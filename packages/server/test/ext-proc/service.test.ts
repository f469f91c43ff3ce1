/** From bytes to bytes: what Envoy's messages bring about on a call. */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { ServerError } from '../../src/errors.ts';
import { EventKeeper } from '../../src/event-keeper.ts';
import { eventOrigin } from '../../src/event-origin.ts';
import { createProcessHandler } from '../../src/ext-proc/service.ts';
import { createLog } from '../../src/log.ts';
import { Metrics } from '../../src/metrics.ts';
import { PoliciesInForce } from '../../src/policies/in-force.ts';
import { RefusalEvents } from '../../src/refusal-events.ts';
import type { Refusal } from '../../src/transport/status.ts';
import type { DuplexCall, DuplexHandler } from '../../src/transport/transport.ts';
import { ScriptedExchanges } from '../support/fake-exchange.ts';
import { ALLOW, DENY } from '../support/fake-inspector.ts';
import { decodeSparse, encode, ProcessingRequestType, ProcessingResponseType } from '../support/protos.ts';

const METADATA = { 'sluice-policy': 'shop', 'sluice-profile': 'streaming', 'sluice-held-bytes-max': '1000' };

class FakeCall implements DuplexCall {
  readonly context = { path: '/', deadline: null };
  readonly sent: Record<string, unknown>[] = [];
  refusal: Refusal | null = null;
  readonly #metadata: Readonly<Record<string, string>>;

  constructor(metadata: Readonly<Record<string, string>>) {
    this.#metadata = metadata;
  }

  metadata(name: string): string | undefined {
    return this.#metadata[name];
  }

  send(message: Uint8Array): void {
    this.sent.push(decodeSparse(ProcessingResponseType, message));
  }

  pause(): void {}
  resume(): void {}

  refuse(refusal: Refusal): void {
    this.refusal = refusal;
  }
}

const lines = (...all: readonly (readonly [string, string])[]) => ({
  headers: all.map(([key, value]) => ({ key, rawValue: Buffer.from(value, 'latin1') })),
});

const first = (more: object = {}): Buffer =>
  encode(ProcessingRequestType, {
    requestHeaders: {
      headers: lines([':method', 'GET'], [':path', '/'], [':authority', 'shop.example']),
      endOfStream: true,
    },
    protocolConfig: { requestBodyMode: 'STREAMED', sendBodyWithoutWaitingForHeaderResponse: true },
    ...more,
  });

let inspector: ScriptedExchanges;
let metrics: Metrics;
let kept: unknown[];
let handler: DuplexHandler;

beforeEach(() => {
  inspector = new ScriptedExchanges();
  metrics = new Metrics(() => 0);
  kept = [];
  const config = parseConfig('policies: {shop: {mode: Block}, watch: {mode: Detect}}', 'sluice.yaml');
  const log = createLog('silent');
  const events = { accept: (event: unknown) => void kept.push(event) };
  handler = createProcessHandler({
    policies: new PoliciesInForce(config),
    limits: config.limits,
    inspector,
    metrics,
    log,
    events: new EventKeeper({ events, metrics, log }),
    refusals: new RefusalEvents(eventOrigin()),
  });
});

const start = (metadata: Readonly<Record<string, string>> = METADATA) => {
  const call = new FakeCall(metadata);
  return { call, receiver: handler(call) };
};

describe('a stream', () => {
  it('has its answer, its event and its counts', async () => {
    const { call, receiver } = start();
    receiver.message(first());
    expect(call.sent).toMatchObject([{ requestHeaders: {}, dynamicMetadata: {} }]);
    expect(receiver.ended()).toBe(true);
    receiver.closed();
    expect(kept).toEqual([{ made: true }]);
    expect(inspector.last.opening).toMatchObject({ policy: 'shop', bodyBytesExpected: 0 });
    const text = await metrics.registry.metrics();
    expect(text).toContain(
      'sluice_requests_total{policy="shop",outcome="pass",verdict="allow",mode="Block",action="allow"} 1',
    );
  });
  it('has its denial, and nothing behind it', () => {
    const { call, receiver } = start();
    inspector.script.verdict = () => DENY;
    receiver.message(first());
    expect(call.sent).toMatchObject([
      { immediateResponse: { status: { code: 403 }, details: 'sluice_denied' } },
    ]);
    receiver.message(encode(ProcessingRequestType, { requestBody: { body: Buffer.from('late') } }));
    expect(call.sent).toHaveLength(1);
  });
  it('is refused as unavailable where there is no room', () => {
    const { call, receiver } = start();
    inspector.script.verdict = () => {
      throw new ServerError('POOL_FULL', { what: 'exchanges' });
    };
    receiver.message(first());
    expect([call.sent, call.refusal?.status]).toEqual([[], 14]);
  });
  it('is not well ended without an answer', () => {
    const { receiver } = start();
    expect(receiver.ended()).toBe(false);
    inspector.script.deliver = () => new Promise(() => undefined);
    receiver.message(first());
    expect(receiver.ended()).toBe(false);
    receiver.closed();
    expect(inspector.last.abandoned).toBe(true);
  });
  it.each<[string, Readonly<Record<string, string>>, object, string]>([
    ['of a policy that is not there', { ...METADATA, 'sluice-policy': 'shoe' }, {}, 'POLICY_UNKNOWN'],
    ['without protocol_config', METADATA, { protocolConfig: null }, 'STREAM_MODE'],
    ['that does not wait for answers', METADATA, { observabilityMode: true }, 'STREAM_MODE'],
    ['that begins with a body', METADATA, { requestHeaders: null, requestBody: {} }, 'EXCHANGE_ORDER'],
  ])('%s is refused', (_, metadata, more, code) => {
    const { call, receiver } = start(metadata);
    expect(() => receiver.message(first(more))).toThrow(code);
    expect(call.sent).toEqual([]);
    expect(inspector.opened).toEqual([]);
  });
  it('of no profile is refused before its first message', () => {
    expect(() => start({})).toThrow('STREAM_CONTEXT_INVALID');
  });
  it('in Detect is judged by its own policy', () => {
    const { call, receiver } = start({ ...METADATA, 'sluice-policy': 'watch' });
    inspector.script.verdict = (step) => (step === 'requestEnd' ? DENY : ALLOW);
    receiver.message(first());
    expect(call.sent).toMatchObject([{ requestHeaders: {} }]);
    expect(inspector.last.opening.policy).toBe('watch');
  });
});
