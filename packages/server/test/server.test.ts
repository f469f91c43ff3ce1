import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHECK_PATH } from '../src/check.ts';
import { type Config, parseConfig } from '../src/config.ts';
import { HEALTH_CHECK_PATH, HEALTH_WATCH_PATH } from '../src/health.ts';
import { createLog } from '../src/log.ts';
import { createServer, type SluiceServer } from '../src/server.ts';
import { GrpcStatus } from '../src/transport/status.ts';
import { ALLOW, DENY, inspection, ScriptedInspector } from './support/fake-inspector.ts';
import {
  checkMessage,
  decode,
  encode,
  HealthRequestType,
  HealthResponseType,
  outcome,
} from './support/protos.ts';
import { callRaw, frameOf, GrpcClient, grpcHeaders, openSession } from './support/raw-client.ts';

const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

const statusOf = (bytes: Uint8Array): unknown => decode(HealthResponseType, bytes).status;

describe.each(['http2', 'grpc-js'] as const)('a server on %s', (transport) => {
  let folder: string;
  let path: string;
  let inspector: ScriptedInspector;
  let lines: string[];
  let server: SluiceServer;
  let client: GrpcClient;

  const config = (more = ''): Config =>
    parseConfig(
      `listen: ["unix:${path}", "tcp:127.0.0.1:0"]
transport: ${transport}
admin: 127.0.0.1:0
limits: {messageBytesMax: 2000000, headerLinesMax: 5000}
drain: {noticeMillis: 30, waitMillis: 2000}
policies:
  default: {mode: Block}
  detect: {mode: Detect}
${more}`,
      '/test/sluice.yaml',
    );

  const create = (settings = config()): SluiceServer => {
    const log = createLog('debug', { write: (line: string) => lines.push(line) });
    return createServer({ config: settings, inspector, log });
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    path = join(folder, 's.sock');
    inspector = new ScriptedInspector();
    lines = [];
    server = create();
    await server.start();
    client = new GrpcClient({ kind: 'unix', path });
  });

  afterEach(async () => {
    client.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const admin = (url: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.adminAddress?.port}${url}`, init);

  const detect = { extensions: { 'sluice.policy': 'detect' } };

  it('answers checks on every address', async () => {
    inspector.script = () => inspection(DENY);
    expect(server.addresses).toHaveLength(2);
    for (const address of server.addresses) {
      const each = new GrpcClient(address);
      expect(outcome(await each.unary(CHECK_PATH, checkMessage()))).toBe(403);
      each.close();
    }
  });

  it('never answers a bad message with an OK', async () => {
    const session = openSession({ kind: 'unix', path });
    const bad = [
      Buffer.alloc(0),
      Buffer.from([0x0a]),
      Buffer.from([0x0b]),
      Buffer.alloc(100, 0xff),
      Buffer.from([0x0a, 0]),
    ];
    for (const message of bad) {
      const answer = await callRaw(session, grpcHeaders(CHECK_PATH), frameOf(message));
      expect(answer.grpcStatus).toBe(GrpcStatus.INVALID_ARGUMENT);
      expect(answer.body).toHaveLength(0);
    }
    session.destroy();
    const text = await (await admin('/metrics')).text();
    expect(text).toMatch(/sluice_call_failures_total\{code="WIRE_MALFORMED"\} 3/);
    expect(text).toMatch(/sluice_call_failures_total\{code="CHECK_INCOMPLETE"\} 2/);
  });

  it('denies in Block and allows in Detect where the inspector fails, and counts it', async () => {
    inspector.script = () => {
      throw new TypeError('boom');
    };
    expect(outcome(await client.unary(CHECK_PATH, checkMessage()))).toBe(403);
    expect(outcome(await client.unary(CHECK_PATH, checkMessage(detect)))).toBe('allow');
    const text = await (await admin('/metrics')).text();
    expect(text).toContain(
      'sluice_requests_total{policy="default",outcome="block",verdict="uninspectable",mode="Block",action="deny"} 1',
    );
    expect(text).toContain(
      'sluice_requests_total{policy="detect",outcome="detect",verdict="uninspectable",mode="Detect",action="allow"} 1',
    );
  });

  it('judges a request of a megabyte of headers, and one of thousands of lines', async () => {
    inspector.script = (request) => inspection(request.attributes.headers.length > 1 ? DENY : ALLOW);
    const long = checkMessage({ lines: [['x', 'a'.repeat(1_048_576)]] });
    expect(outcome(await client.unary(CHECK_PATH, long))).toBe(403);
    const many = Array.from({ length: 20_000 }, (_, index) => [`h${index}`, 'v'] as const);
    expect(outcome(await client.unary(CHECK_PATH, checkMessage({ lines: many })))).toBe(403);
  });

  it('refuses a message over the limit', async () => {
    const large = checkMessage({ body: Buffer.alloc(2_000_000) });
    await expect(client.unary(CHECK_PATH, large)).rejects.toMatchObject({
      code: GrpcStatus.RESOURCE_EXHAUSTED,
    });
    expect(inspector.requests).toHaveLength(0);
  });

  it('keeps what requests hold out of its log', async () => {
    inspector.script = () => inspection(DENY);
    const secret = 'hunter2';
    const lineList = [
      ['authorization', secret],
      ['cookie', secret],
      ['x-request-id', 'visible-id'],
    ] as const;
    await client.unary(
      CHECK_PATH,
      checkMessage({ path: `/${secret}`, lines: lineList, body: Buffer.from(secret) }),
    );
    expect(lines.join('')).toContain('visible-id');
    expect(lines.join('')).not.toContain(secret);
  });

  it('tells its health, for itself and its service', async () => {
    for (const service of ['', 'envoy.service.auth.v3.Authorization']) {
      const reply = await client.unary(HEALTH_CHECK_PATH, encode(HealthRequestType, { service }));
      expect(statusOf(reply)).toBe(SERVING);
    }
    const unknown = client.unary(HEALTH_CHECK_PATH, encode(HealthRequestType, { service: 'other' }));
    await expect(unknown).rejects.toMatchObject({ code: GrpcStatus.NOT_FOUND });
  });

  it('says NOT_SERVING before it stops, and ends its watches', async () => {
    const seen: unknown[] = [];
    const unknown: unknown[] = [];
    const watch = client.stream(HEALTH_WATCH_PATH, Buffer.alloc(0), (bytes) => seen.push(statusOf(bytes)));
    const other = client.stream(HEALTH_WATCH_PATH, encode(HealthRequestType, { service: 'x' }), (bytes) =>
      unknown.push(statusOf(bytes)),
    );
    await vi.waitFor(() => expect([...seen, ...unknown]).toEqual([SERVING, SERVICE_UNKNOWN]));
    const drained = server.drain();
    await vi.waitFor(() => expect(seen).toEqual([SERVING, NOT_SERVING]));
    expect(await watch.ended).toBe(GrpcStatus.UNAVAILABLE);
    expect(await other.ended).toBe(GrpcStatus.UNAVAILABLE);
    expect(await drained).toBe(0);
    expect(unknown).toEqual([SERVICE_UNKNOWN]);
  });

  it('still answers checks while it says that it stops', async () => {
    client.close();
    await server.close();
    // Long enough for three calls on a machine that does much else.
    server = create({ ...config(), drain: { noticeMillis: 3_000, waitMillis: 2_000 } });
    await server.start();
    client = new GrpcClient({ kind: 'unix', path });
    const drained = server.drain();
    expect((await admin('/readyz')).status).toBe(503);
    expect((await admin('/healthz')).status).toBe(200);
    expect(outcome(await client.unary(CHECK_PATH, checkMessage()))).toBe('allow');
    expect(await drained).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it('ends a drain once, however often it is asked', async () => {
    expect(server.drain()).toBe(server.drain());
    await server.drain();
    await server.close();
  });

  it('serves operators, read-only', async () => {
    expect(await (await admin('/healthz')).text()).toBe('ok\n');
    expect((await admin('/readyz')).status).toBe(200);
    expect((await admin('/nothing')).status).toBe(404);
    expect((await admin('/metrics', { method: 'POST' })).status).toBe(405);
    const metrics = await admin('/metrics?x=1');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(await metrics.text()).toContain('sluice_calls_in_flight 0');
  });

  it('starts once, and not where another listens', async () => {
    await expect(server.start()).rejects.toMatchObject({ code: 'SERVER_STATE' });
    const second = create();
    await expect(second.start()).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    expect(outcome(await client.unary(CHECK_PATH, checkMessage()))).toBe('allow');
  });

  it('listens nowhere when it cannot listen everywhere', async () => {
    const first = join(folder, 'first.sock');
    const settings = {
      ...config(),
      listen: [{ kind: 'unix', path: first } as const, { kind: 'unix', path } as const],
    };
    await expect(create(settings).start()).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    await vi.waitFor(() => expect(existsSync(first)).toBe(false));
  });
});
