import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  body,
  headers,
  responseBody,
  responseHeaders,
  World,
  type WorldOptions,
} from '../support/fake-exchange.ts';
import { ALLOW, DENY } from '../support/fake-inspector.ts';

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};
const HTML = [['content-type', 'text/html']] as const;
const inspecting = { responses: { inspect: true } } as const;

const passed = (options: WorldOptions = {}): World =>
  new World({ ...options, policy: { ...inspecting, ...options.policy } }).tell(headers(true));

/** What was said of the response. */
const said = (world: World): readonly (string | number)[] => world.said.slice(1);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a response that the policy has inspected', () => {
  it('is held with its body until the verdict, then goes on as it came', () => {
    const world = passed().tell(responseHeaders(false, HTML), responseBody('secret'));
    expect(said(world)).toEqual([]);
    expect(world.events).toEqual([]);
    world.tell(responseBody('', true));
    expect(said(world)).toEqual(['responseHeaders', 'responseBody', 'responseBody']);
    expect(world.inspector.last.steps.slice(-4)).toEqual([
      ...['responseHeaders', 'responseChunk', 'responseEnd', 'finish'],
    ]);
    expect(world.events).toHaveLength(1);
    expect(world.reports).toHaveLength(1);
    expect(world.reports[0]?.coverage).toMatchObject({ responseBytesSeen: 6, skipped: [] });
  });
  it.each(['responseHeaders', 'responseEnd'] as const)('is replaced where %s finds something', (step) => {
    const world = passed();
    world.script.verdict = (at) => (at === step ? DENY : ALLOW);
    world.tell(responseHeaders(false, HTML), responseBody('secret', true));
    expect(said(world)).toEqual([403]);
    expect(world.reports.map(({ decision }) => decision.action)).toEqual(['deny']);
  });
  it('without a body is judged at its headers', () => {
    const world = passed().tell(responseHeaders(true, [], 304));
    expect(said(world)).toEqual(['responseHeaders']);
    expect(world.inspector.last.steps.slice(-3)).toEqual(['responseHeaders', 'responseEnd', 'finish']);
  });
  it('of another media type has its headers judged, and goes on', () => {
    const world = passed();
    world.script.inspectsResponseBody = false;
    world.tell(responseHeaders(false, [['content-type', 'image/png']]), responseBody('png'));
    expect(said(world)).toEqual(['responseHeaders', 'responseBody']);
    expect(world.inspector.last.coverage?.skipped).toEqual(['response_body: policy']);
  });
  it.each(['text/event-stream; charset=utf-8', 'multipart/x-mixed-replace; boundary=a', 'application/grpc'])(
    'of type %s is never held',
    (type) => {
      const world = passed().tell(responseHeaders(false, [['content-type', type]]));
      expect(said(world)).toEqual(['responseHeaders']);
      world.tell(responseBody('data: 1\n\n'));
      expect(said(world)).toEqual(['responseHeaders', 'responseBody']);
      expect(world.inspector.last.coverage?.skipped).toEqual(['response_body: stream']);
    },
  );
  it('that goes beyond the limit is judged up to it, and goes on', () => {
    const world = passed();
    world.script.responseBytesMax = 5;
    world.tell(responseHeaders(false, HTML), responseBody('abc'), responseBody('def'), responseBody('ghi'));
    expect(said(world)).toEqual(['responseHeaders', 'responseBody', 'responseBody', 'responseBody']);
    expect(world.inspector.last.responseBody).toBe('abcdef');
    expect(world.inspector.last.coverage?.skipped).toEqual(['response_body: over the limit']);
  });
  it('without a length that falls silent is let on', async () => {
    const world = passed().tell(responseHeaders(false, HTML), responseBody('first'));
    await vi.advanceTimersByTimeAsync(249);
    expect(said(world)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(said(world)).toEqual(['responseHeaders', 'responseBody']);
    expect(world.inspector.last.coverage?.skipped).toEqual(['response_body: stream']);
  });
  it('with a length may take its time', async () => {
    const lines = [...HTML, ['content-length', '9']] as const;
    const world = passed().tell(responseHeaders(false, lines), responseBody('first'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(said(world)).toEqual(['wait']);
    world.tell(responseBody('last', true));
    expect(said(world)).toEqual(['wait', 'responseHeaders', 'responseBody', 'responseBody']);
  });
  it('is late where there is no verdict in time', async () => {
    const world = passed();
    world.script.deliver = () => new Promise(() => undefined);
    world.tell(responseHeaders(true));
    await vi.advanceTimersByTimeAsync(150);
    expect(said(world)).toEqual([403]);
  });
  it('that comes before the end of its request goes on', () => {
    const world = new World({ policy: inspecting, setting: { profile: 'window' } });
    world.script.release = 'parts';
    world.tell(headers(false), body('a'.repeat(600)), body('b'.repeat(600)), responseHeaders(false, HTML));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'responseHeaders']);
    world.tell(body('', true));
    expect(world.inspector.last.coverage?.skipped).toEqual(['response: early']);
  });
  it('that never comes leaves the request its event', () => {
    const world = passed();
    expect(world.events).toEqual([]);
    world.exchange.closed();
    expect(world.events).toHaveLength(1);
    expect(world.inspector.last.steps.at(-1)).toBe('finish');
    expect(vi.getTimerCount()).toBe(0);
  });
  it('in Detect goes on at once', async () => {
    const world = passed({ policy: { mode: 'Detect' } });
    world.script.deliver = async (_, value) => value;
    world.script.verdict = () => DENY;
    world.tell(responseHeaders(false, HTML));
    world.tell(responseBody('secret', true));
    expect(said(world)).toEqual(['responseHeaders', 'responseBody', 'responseBody'].slice(0, 2));
    world.exchange.closed();
    await settle();
    expect(world.events).toHaveLength(1);
    expect(world.reports[0]?.metadata.wouldBlock).toBe(true);
  });
  it('of a stream whose bodies Envoy does not show is judged by its headers', () => {
    const world = passed({ setting: { seesResponseBodies: false } }).tell(responseHeaders(false, HTML));
    expect(said(world)).toEqual(['responseHeaders']);
  });
});

describe('a response that the policy does not have inspected', () => {
  it('goes on, and the request has its event before it comes', () => {
    const world = new World().tell(headers(true));
    expect(world.events).toHaveLength(1);
    world.tell(responseHeaders(false, HTML), responseBody('a'), responseBody('', true));
    expect(said(world)).toEqual(['responseHeaders', 'responseBody', 'responseBody']);
  });
  it('goes on behind a tunnel', () => {
    const lines = [
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
    ] as const;
    const world = new World({ policy: inspecting }).tell(
      headers(false, lines),
      responseHeaders(false, [], 101),
    );
    expect(world.said).toEqual(['requestHeaders', 'responseHeaders']);
  });
});
