import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServerError } from '../../src/errors.ts';
import { Backlog } from '../../src/ext-proc/backlog.ts';
import type { StreamMessage } from '../../src/ext-proc/messages.ts';
import { body, headers, trailers, World } from '../support/fake-exchange.ts';
import { ALLOW, DENY } from '../support/fake-inspector.ts';

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};
const FORM = [['content-type', 'application/x-www-form-urlencoded']] as const;
const GRPC = [['content-type', 'application/grpc+proto']] as const;
const frame = (text: string): Uint8Array => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(text.length, 1);
  return Buffer.concat([prefix, Buffer.from(text)]);
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a request without a body', () => {
  it('is judged at its headers, and gets one answer that says what was found', () => {
    const world = new World().tell(headers(true));
    expect(world.said).toEqual(['requestHeaders']);
    expect(world.inspector.last.steps).toEqual(['requestHeaders', 'requestEnd', 'finish']);
    expect(world.metadata).toMatchObject({ action: 'allow', verdict: 'allow', request_id: 'id-1' });
    expect(world.reports).toHaveLength(1);
    expect(world.exchange.ended()).toBe(true);
  });
  it.each(['requestHeaders', 'requestEnd'] as const)('is denied where %s finds something', (step) => {
    const world = new World();
    world.script.verdict = (at) => (at === step ? DENY : ALLOW);
    world.tell(headers(true));
    expect(world.said).toEqual([403]);
    expect(world.events).toHaveLength(1);
    expect(world.metadata).toMatchObject({ action: 'deny', verdict: 'deny', rule_ids: [942_100] });
    expect(world.reports.map(({ decision }) => decision.action)).toEqual(['deny']);
  });
  it('gets its denial when the answer comes later', async () => {
    const world = new World();
    world.script.deliver = async (_, value) => value;
    world.script.verdict = (at) => (at === 'requestEnd' ? DENY : ALLOW);
    world.tell(headers(true));
    expect(world.said).toEqual([]);
    expect(world.exchange.ended()).toBe(false);
    await settle();
    expect(world.said).toEqual([403]);
    expect(world.exchange.ended()).toBe(true);
  });
  it('is uninspectable where there is no verdict in time', async () => {
    const world = new World();
    world.script.deliver = () => new Promise(() => undefined);
    world.tell(headers(true));
    await vi.advanceTimersByTimeAsync(149);
    expect(world.said).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(world.said).toEqual([403]);
    expect(world.metadata).toMatchObject({ verdict: 'uninspectable', cause: 'deadline' });
    expect(world.inspector.last.abandoned).toBe(true);
  });
  it('has the time for a verdict from its last byte on, however long its headers took', async () => {
    const world = new World();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.script.deliver = async (at, value) => {
      if (at === 'requestHeaders') await promise;
      return value;
    };
    world.tell(headers(false));
    await vi.advanceTimersByTimeAsync(1_000);
    resolve();
    world.tell(body('q=hose', true));
    await vi.advanceTimersByTimeAsync(100);
    expect(world.said).toEqual(['wait', 'requestHeaders', 'requestBody']);
  });
  it('passes where the policy names the cause', async () => {
    const world = new World({
      policy: { uninspectable: { default: 'deny', overrides: { deadline: 'allow' } } },
    });
    world.script.deliver = () => new Promise(() => undefined);
    world.tell(headers(true));
    await vi.advanceTimersByTimeAsync(150);
    expect(world.said).toEqual(['requestHeaders']);
    expect(world.reports[0]?.verdict).toEqual({ kind: 'uninspectable', cause: 'deadline' });
    expect(world.reports[0]?.coverage.skipped).toEqual(['request: uninspectable']);
  });
  it('is denied where the inspector throws, and rules are not asked again', () => {
    const world = new World();
    world.script.verdict = () => {
      throw new TypeError('broken');
    };
    world.tell(headers(true));
    expect(world.said).toEqual([403]);
    expect(world.metadata).toMatchObject({ cause: 'inspector_failed' });
    expect(world.failures).toHaveLength(1);
  });
  it('is uninspectable with header lines left out', () => {
    const world = new World();
    world.tell({
      kind: 'requestHeaders',
      headers: [[':method', 'GET']],
      headersCut: true,
      endOfStream: true,
    });
    expect(world.said).toEqual([403]);
    expect(world.metadata).toMatchObject({ cause: 'headers' });
  });
  it('is unavailable where there is no room', () => {
    const world = new World();
    const full = new ServerError('POOL_FULL', { what: 'queue' });
    vi.spyOn(world.inspector, 'open').mockImplementation(() => {
      throw full;
    });
    world.tell(headers(true));
    expect(world.said).toEqual([]);
    expect(world.unavailable).toBe(full);
  });
  it('denies still where the end of the inspection fails', () => {
    const world = new World();
    world.script.verdict = () => DENY;
    world.script.deliver = (step, value) => {
      if (step === 'finish') throw new TypeError('broken');
      return value;
    };
    world.tell(headers(true));
    expect(world.said).toEqual([403]);
  });
  it('passes where a rule weakened the mode for it', () => {
    const world = new World();
    world.script.verdict = (at) => (at === 'requestEnd' ? DENY : ALLOW);
    world.script.found = { mode: 'Detect', wouldBlock: true };
    world.tell(headers(true));
    expect(world.said).toEqual(['requestHeaders']);
    expect(world.metadata).toMatchObject({ mode: 'Detect', would_block: true, action: 'allow' });
  });
  it('in Off is not inspected', () => {
    const world = new World({ policy: { mode: 'Off' } });
    world.tell(headers(false), body('a'), body('', true));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody']);
    expect(world.inspector.opened).toHaveLength(0);
    expect(world.reports.map(({ metadata }) => [metadata.mode, metadata.verdict])).toEqual([
      ['Off', 'allow'],
    ]);
  });
});

describe('a body that is held', () => {
  it('goes nowhere before its end, then headers and each piece have their answer', () => {
    const world = new World().tell(headers(false, FORM), body('a=1'), body('&b=2'));
    expect(world.said).toEqual([]);
    world.tell(body('', true));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody', 'requestBody']);
    expect(world.inspector.last.body).toBe('a=1&b=2');
    expect(world.inspector.last.coverage).toMatchObject({ requestBytesSeen: 7, skipped: [] });
  });
  it('that ends with its last piece is judged with it', () => {
    const world = new World().tell(headers(false, FORM), body('a=1'));
    world.script.verdict = (_, bytes) => (bytes > 3 ? DENY : ALLOW);
    world.tell(body('x', true));
    expect(world.said).toEqual([403]);
  });
  it('of as many bytes as can be held passes', () => {
    const world = new World().tell(headers(false), body('a'.repeat(1_000)), body('', true));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody']);
  });
  it('of one byte more than can be held is 413', () => {
    const world = new World().tell(headers(false), body('a'.repeat(1_001)));
    expect(world.said).toEqual([413]);
    expect(world.metadata).toMatchObject({ cause: 'body_size' });
    expect(world.inspector.last.abandoned).toBe(true);
  });
  it('that is refused by the server itself makes an event of its own', () => {
    const world = new World().tell(headers(false), body('a'.repeat(1_001)));
    expect(world.events).toMatchObject([
      {
        event: { action: 'uninspectable', type: ['denied'] },
        waf: {
          cause: 'body_size',
          status: 413,
          coverage: { request_bytes_seen: 1_001, request_bytes_passed: 0 },
        },
      },
    ]);
  });
  it('is counted as it went on', () => {
    const world = new World().tell(headers(false), body('abc', true));
    expect(world.inspector.last.coverage).toMatchObject({ requestBytesSeen: 3, requestBytesPassed: 3 });
    world.exchange.closed();
    expect(world.counted).toMatchObject([{ requestBytesSeen: 3, requestBytesPassed: 3 }]);
  });
  it('that says so before it comes is 413 at its headers', () => {
    const world = new World().tell(headers(false, [['content-length', '1001']]));
    expect(world.said).toEqual([413]);
  });
  it('is 413 beyond what is inspected', () => {
    const world = new World();
    world.script.bodyBytesMax = 10;
    world.tell(headers(false), body('a'.repeat(11)));
    expect(world.said).toEqual([413]);
  });
  it('is judged up to the limit and passed on where the policy lets body_size pass', () => {
    const world = new World({
      policy: { uninspectable: { default: 'deny', overrides: { body_size: 'allow' } } },
    });
    world.script.verdict = (step) =>
      step === 'requestEnd' ? { kind: 'uninspectable', cause: 'body_partial' } : ALLOW;
    world.tell(headers(false), body('a'.repeat(600)), body('a'.repeat(600)));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody']);
    expect(world.inspector.last.truncated).toBe(true);
    expect(world.reports[0]?.verdict).toEqual({ kind: 'uninspectable', cause: 'body_size' });
    expect(world.inspector.last.coverage?.skipped).toEqual(['request_body: over the limit']);
    world.tell(body('more'), body('', true));
    expect(world.said).toHaveLength(5);
  });
  it('of a kind that the policy does not inspect goes on behind its headers', () => {
    const world = new World();
    world.script.release = 'none';
    world.tell(headers(false), body('a'), body('', true));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody']);
    expect(world.inspector.last.steps).toEqual(['requestHeaders', 'requestEnd', 'finish']);
    expect(world.reports[0]?.coverage.skipped).toEqual(['request_body: policy']);
  });
  it('comes in order to an inspector that answers later, which is not asked twice at once', async () => {
    const world = new World();
    world.script.deliver = async (_, value) => value;
    const text = Buffer.from('abc');
    world.tell(headers(false), body(text));
    // The bytes are valid until the message is handled.
    text.fill(0);
    world.tell(body('d'), body('e', true));
    await settle();
    expect(world.inspector.last.body).toBe('abcde');
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody', 'requestBody']);
    expect(world.backlog.bytes).toBe(0);
  });
  it('stops its sender while more waits than is allowed', async () => {
    const world = new World({ limits: { waitingBytesMax: 1_000 }, setting: { heldBytesMax: 10_000 } });
    world.script.deliver = async (_, value) => value;
    world.tell(headers(false), body('a'.repeat(500)), body('a'.repeat(500)));
    expect([world.pauses, world.resumes]).toEqual([1, 0]);
    await settle();
    expect([world.pauses, world.resumes]).toEqual([1, 1]);
  });
  it('has the time for a verdict from its last byte', async () => {
    const world = new World();
    world.tell(headers(false), body('a'));
    await vi.advanceTimersByTimeAsync(10_000);
    world.script.deliver = () => new Promise(() => undefined);
    world.tell(body('b'));
    await vi.advanceTimersByTimeAsync(1_000);
    world.tell(body('', true));
    await vi.advanceTimersByTimeAsync(149);
    expect(world.said).not.toContain(403);
    await vi.advanceTimersByTimeAsync(1);
    expect(world.said.at(-1)).toBe(403);
  });
  it.each(['streaming', 'window'] as const)(
    'in a pause Envoy is told to wait, at last 408: %s',
    async (profile) => {
      const world = new World({ setting: { profile } });
      world.script.release = 'parts';
      world.tell(headers(false), body('a'));
      await vi.advanceTimersByTimeAsync(150);
      expect(world.replies).toEqual([{ kind: 'wait', millis: 60_000 }]);
      await vi.advanceTimersByTimeAsync(59_000);
      // Each piece begins a pause of its own.
      world.tell(body('b'));
      await vi.advanceTimersByTimeAsync(59_000);
      expect(world.said).toEqual(['wait', 'wait']);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(world.said).toEqual(['wait', 'wait', 408]);
    },
  );
  it('is not released by a pause, whatever the policy lets pass', async () => {
    const world = new World({ policy: { uninspectable: { default: 'allow', overrides: {} } } });
    world.tell(headers(false), body('a'));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(world.said).toEqual(['wait', 408]);
  });
  it('of a caller that is gone leaves nothing behind', async () => {
    const world = new World();
    world.script.deliver = async (_, value) => value;
    world.tell(headers(false), body('a'), body('b'));
    expect(world.exchange.ended()).toBe(false);
    world.exchange.closed();
    await settle();
    expect(world.said).toEqual([]);
    expect(world.inspector.last.abandoned).toBe(true);
    expect(world.events).toEqual([]);
    expect(world.backlog.bytes).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a body that Envoy collects', () => {
  const setting = { profile: 'buffered' } as const;
  it('comes behind the answer to its headers, and is judged in one', () => {
    const world = new World({ setting }).tell(headers(false, FORM));
    expect(world.said).toEqual(['requestHeaders']);
    world.script.verdict = () => DENY;
    world.tell(body('a=1', true));
    expect(world.said).toEqual(['requestHeaders', 403]);
  });
  it('has trailers behind it where it does not end', () => {
    const world = new World({ setting }).tell(headers(false, FORM), body('a=1'));
    expect(world.said).toEqual(['requestHeaders', 'requestBody']);
    expect(world.inspector.opened[0]?.steps).toEqual(['requestHeaders', 'requestChunk', 'requestEnd']);
    world.tell(trailers(['x-sum', '1']));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestTrailers']);
    expect(world.inspector.opened).toHaveLength(2);
    expect(world.inspector.last.opening.attributes.headers).toContainEqual(['x-sum', '1']);
    expect(world.inspector.opened.every((each) => each.abandonedOrFinished)).toBe(true);
    expect(world.events).toHaveLength(1);
  });
  it('is denied for what its trailers say', () => {
    const world = new World({ setting }).tell(headers(false, FORM), body('a=1'));
    world.script.verdict = () => DENY;
    world.tell(trailers(['x-sum', 'attack']));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 403]);
    expect(world.inspector.opened.map(({ abandoned }) => abandoned)).toEqual([true, false]);
    expect(world.events).toHaveLength(1);
  });
});

describe('a window', () => {
  const make = (): World => {
    const world = new World({ setting: { profile: 'window' } });
    world.script.release = 'parts';
    return world;
  };
  it('slides once it is full and judged, and keeps the last piece', () => {
    const world = make().tell(headers(false), body('a'.repeat(600)));
    expect(world.said).toEqual([]);
    world.tell(body('b'.repeat(600)));
    expect(world.said).toEqual(['requestHeaders', 'requestBody']);
    expect(world.inspector.last.steps).toEqual([
      ...['requestHeaders', 'requestChunk', 'requestChunk', 'judgeSoFar'],
    ]);
    world.tell(body('c'.repeat(300)));
    expect(world.said).toHaveLength(2);
    world.tell(body('d'.repeat(300)));
    expect(world.said).toHaveLength(4);
    world.tell(body('', true));
    expect(world.said).toEqual(['requestHeaders', ...Array.from({ length: 5 }, () => 'requestBody')]);
  });
  it('lets on at once, once it has begun, what no rule looks at', () => {
    const world = make();
    world.script.unjudged = (chunk) => chunk[0] === 0x61;
    world.tell(headers(false), body('a'.repeat(600)), body('b'.repeat(600)));
    expect(world.said).toEqual(['requestHeaders', 'requestBody']);
    world.tell(body('c'));
    expect(world.said).toHaveLength(3);
    world.tell(body('a'));
    // Something to judge: it waits until the window is full.
    expect(world.said).toHaveLength(3);
  });
  it('never slides over what was not judged well: a late denial leaves the last piece behind', () => {
    const world = make().tell(headers(false), body('a'.repeat(600)), body('b'.repeat(600)));
    world.script.verdict = (_, bytes) => (bytes > 1_200 ? DENY : ALLOW);
    world.tell(body('c'.repeat(600)));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 403]);
  });
  it('does not slide for a body that may only go whole', () => {
    const world = make();
    world.script.release = 'whole';
    world.tell(headers(false), body('a'.repeat(600)), body('b'.repeat(600)));
    expect(world.said).toEqual([413]);
  });
  it('keeps a last piece although empty ones follow', () => {
    const world = make().tell(
      headers(false),
      body('a'.repeat(600)),
      body('b'.repeat(600)),
      body(''),
      body(''),
    );
    expect(world.said).toEqual(['requestHeaders', 'requestBody']);
  });
  it('waits for the end where all that was announced is here', () => {
    const world = make().tell(headers(false, [['content-length', '1200']]));
    world.tell(body('a'.repeat(600)), body('b'.repeat(600)));
    expect(world.said).toEqual([]);
    world.tell(body('', true));
    expect(world.said).toHaveLength(4);
  });
});

describe('gRPC', () => {
  it('has its headers judged and let on, then each message', () => {
    const world = new World().tell(headers(false, GRPC));
    expect(world.inspector.last.steps).toEqual(['requestHeaders', 'judgeSoFar']);
    expect(world.said).toEqual(['requestHeaders']);
    const message = frame('hello');
    world.tell(body(message.subarray(0, 4)), body(message.subarray(4, 7)));
    expect(world.said).toEqual(['requestHeaders']);
    world.tell(body(message.subarray(7)));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody', 'requestBody']);
    world.tell(body(frame('again')), body('', true));
    expect(world.said).toHaveLength(6);
  });
  it('is denied in its own terms', () => {
    const world = new World().tell(headers(false, GRPC));
    world.script.verdict = () => DENY;
    world.tell(body(frame('attack')));
    expect(world.replies.at(-1)).toMatchObject({ kind: 'immediate', status: 403, grpcStatus: 7 });
  });
  it('does not release a message that is not there whole, but for want of room', () => {
    const world = new World().tell(headers(false, GRPC));
    const message = frame('a'.repeat(1_500));
    world.tell(body(message.subarray(0, 700)));
    expect(world.said).toEqual(['requestHeaders']);
    world.tell(body(message.subarray(700, 1_400)));
    expect(world.said).toEqual(['requestHeaders', 'requestBody']);
  });
  it('with messages that are compressed is uninspectable', () => {
    const world = new World().tell(headers(false, GRPC), body(Buffer.from([1, 0, 0, 0, 1, 65])));
    expect(world.said).toEqual(['requestHeaders', 403]);
    expect(world.metadata).toMatchObject({ cause: 'body_encoding' });
  });
  it('may have trailers', () => {
    const world = new World().tell(headers(false, GRPC), body(frame('a')), trailers(['x', 'y']));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestTrailers']);
  });
  it('may be silent for as long as it likes', async () => {
    const world = new World().tell(headers(false, GRPC), body(frame('a')));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(world.said).toEqual(['requestHeaders', 'requestBody']);
  });
});

describe('tunnels', () => {
  const UPGRADE = [
    ['connection', 'keep-alive, Upgrade'],
    ['upgrade', 'websocket'],
  ] as const;
  it.each<[string, World]>([
    ['an upgrade', new World().tell(headers(false, UPGRADE))],
    ["a stream of Envoy's for upgrades", new World({ setting: { profile: 'upgrade' } }).tell(headers(false))],
    ['CONNECT', new World().tell({ ...headers(false), headers: [[':method', 'CONNECT']] } as never)],
  ])('%s has its handshake judged, and nothing after it held', (_, world) => {
    expect(world.inspector.last.steps).toEqual(['requestHeaders', 'requestEnd', 'finish']);
    world.tell(body('frame'), body('frame'));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody']);
    expect(world.reports[0]?.coverage.skipped).toEqual(['request_body: upgrade']);
  });
  it('are denied where the policy says so', () => {
    const world = new World({ policy: { upgrades: 'Deny' } }).tell(headers(false, UPGRADE));
    expect(world.said).toEqual([403]);
  });
  it('with an attack in the handshake are denied', () => {
    const world = new World();
    world.script.verdict = () => DENY;
    expect(world.tell(headers(false, UPGRADE)).said).toEqual([403]);
  });
  it.each<[string, readonly (readonly [string, string])[]]>([
    ['a length', [...UPGRADE, ['content-length', '5']]],
    ['chunks', [...UPGRADE, ['transfer-encoding', 'chunked']]],
  ])('that announce a body by %s are uninspectable', (_, lines) => {
    const world = new World().tell(headers(false, lines));
    expect(world.metadata).toMatchObject({ cause: 'body_partial', action: 'deny' });
  });
  it.each<[string, readonly (readonly [string, string])[]]>([
    ['Upgrade without Connection', [['upgrade', 'websocket']]],
    [
      'h2c',
      [
        ['connection', 'upgrade'],
        ['upgrade', 'h2c'],
      ],
    ],
    ['Connection without Upgrade', [['connection', 'upgrade']]],
  ])('are not had by %s: the body is held', (_, lines) => {
    const world = new World().tell(headers(false, lines), body('attack'));
    expect(world.said).toEqual([]);
  });
});

describe('Detect', () => {
  const detect = { policy: { mode: 'Detect' } } as const;
  it('answers each message at once, and inspects behind', async () => {
    const world = new World(detect);
    world.script.deliver = async (_, value) => value;
    world.script.verdict = () => DENY;
    world.tell(headers(false));
    expect(world.said).toEqual(['requestHeaders']);
    world.tell(body('a'));
    expect(world.said).toEqual(['requestHeaders', 'requestBody']);
    world.tell(body('b', true));
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody']);
    expect(world.exchange.ended()).toBe(true);
    // Envoy is done with the stream long before the verdict.
    world.exchange.closed();
    await settle();
    expect(world.inspector.last.body).toBe('ab');
    expect(world.events).toHaveLength(1);
    expect(world.reports[0]?.metadata).toMatchObject({ wouldBlock: true, mode: 'Detect' });
  });
  it('says what was found where it is known in time', () => {
    const world = new World(detect);
    world.script.verdict = () => DENY;
    world.script.found = { mode: 'Detect', wouldBlock: true };
    world.tell(headers(true));
    expect(world.metadata).toMatchObject({ would_block: true, action: 'allow', verdict: 'deny' });
  });
  it('leaves out what it cannot keep, and makes nobody wait', async () => {
    const world = new World({ ...detect, limits: { backlogBytesMax: 2_000 } });
    world.script.deliver = async (_, value) => value;
    world.tell(headers(false), ...Array.from({ length: 9 }, () => body('a'.repeat(1_000))));
    expect(world.said).toHaveLength(10);
    expect(world.backlog.bytes).toBeLessThan(4_000);
    await settle();
    world.tell(body('', true));
    world.exchange.closed();
    await settle();
    expect(world.inspector.last.truncated).toBe(true);
    expect(world.inspector.last.coverage?.skipped).toEqual(['request_body: backlog']);
    expect([world.pauses, world.unavailable]).toEqual([0, null]);
  });
  it('leaves out what all exchanges together cannot keep', () => {
    const backlog = new Backlog(1_000);
    backlog.add(1_000);
    const world = new World({ ...detect, backlog });
    world.script.deliver = () => new Promise(() => undefined);
    world.tell(headers(false), body('a'), body('b'));
    expect(world.said).toHaveLength(3);
    expect(backlog.bytes).toBeLessThan(1_600);
  });
  it.each<[string, (world: World) => void]>([
    [
      'there is no room',
      (world) => {
        vi.spyOn(world.inspector, 'open').mockImplementation(() => {
          throw new ServerError('POOL_FULL');
        });
      },
    ],
    [
      'the inspector throws',
      (world) => {
        world.script.verdict = () => {
          throw new TypeError('broken');
        };
      },
    ],
    [
      'the inspector is late',
      (world) => {
        world.script.deliver = () => new Promise(() => undefined);
      },
    ],
  ])('shows nothing where %s', async (_, prepare) => {
    const world = new World(detect);
    prepare(world);
    world.tell(headers(false), body('a'.repeat(5_000)), body('', true));
    await vi.advanceTimersByTimeAsync(100_000);
    expect(world.said).toEqual(['requestHeaders', 'requestBody', 'requestBody']);
    expect(world.unavailable).toBeNull();
  });
  it('judges what went on of a client that is gone', async () => {
    const world = new World(detect).tell(headers(false), body('a'));
    world.exchange.closed();
    await settle();
    expect(world.inspector.last.steps.slice(-2)).toEqual(['requestEnd', 'finish']);
    expect(world.inspector.last.truncated).toBe(true);
  });
});

describe('messages that Envoy does not send', () => {
  it.each<[string, readonly StreamMessage[]]>([
    ['a body in front of headers', [body('a')]],
    ['headers twice', [headers(false), headers(false)]],
    ['a body behind the end', [headers(false), body('a', true), body('b')]],
    ['a body behind headers that end', [headers(true), body('b')]],
  ])('%s end the stream with an error', (_, messages) => {
    const world = new World().tell(...messages);
    expect(world.unavailable).toMatchObject({ code: 'EXCHANGE_ORDER' });
  });
});
