/**
 * What a real Envoy says on a stream to its external processor, and what it makes of the answers: the wire formats of
 * packages/server/src/wire against the other end of the wire.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import {
  type Json,
  PROCESSOR_SERVICE,
  STREAM_ATTRIBUTES,
  STREAM_METADATA_NAMESPACE,
  STREAM_POLICY,
} from '@sluice/envoy-config';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { DEFAULT_LIMITS } from '../packages/server/src/limits.ts';
import { createHttp2Transport } from '../packages/server/src/transport/http2.ts';
import type { DuplexCall, Transport } from '../packages/server/src/transport/transport.ts';
import {
  decodeProcessingRequest,
  type ProcessingRequest,
} from '../packages/server/src/wire/processing-request.ts';
import {
  encodeContinue,
  encodeImmediate,
  encodeTimeoutOverride,
} from '../packages/server/src/wire/processing-response.ts';
import { decodeSparse, encode, ProcessingRequestType } from '../packages/server/test/support/protos.ts';
import { call } from './envoy-client.ts';
import { startWorkload, type Workload } from './envoy-workload.ts';

const ACCESS_LOG = `%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(${STREAM_METADATA_NAMESPACE})%\n`;
/** Field 8, of no bytes. */
const METADATA_CONTEXT_EMPTY = Buffer.from([0x42, 0x00]);
const TYPES = 'type.googleapis.com/envoy.extensions';

const socketAddress = (host: string, port: number): Json => ({
  socket_address: { address: host, port_value: port },
});

const cluster = (name: string, address: Json, more: Json = {}): Json => ({
  name,
  type: 'STATIC',
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
  },
  ...(more as object),
});

const PROCESSOR: Json = {
  '@type': `${TYPES}.filters.http.ext_proc.v3.ExternalProcessor`,
  grpc_service: {
    envoy_grpc: { cluster_name: 'processor' },
    initial_metadata: [{ key: STREAM_POLICY, value: 'shop' }],
  },
  message_timeout: '5s',
  max_message_timeout: '60s',
  send_body_without_waiting_for_header_response: true,
  request_attributes: [...STREAM_ATTRIBUTES],
  metadata_options: { receiving_namespaces: { untyped: [STREAM_METADATA_NAMESPACE] } },
  processing_mode: {
    request_header_mode: 'SEND',
    response_header_mode: 'SEND',
    request_body_mode: 'STREAMED',
    response_body_mode: 'STREAMED',
    request_trailer_mode: 'SEND',
    response_trailer_mode: 'SEND',
  },
};

const manager = (log: string): Json => ({
  '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
  stat_prefix: 'workload',
  access_log: [
    {
      name: 'file',
      typed_config: {
        '@type': `${TYPES}.access_loggers.file.v3.FileAccessLog`,
        path: log,
        log_format: { text_format_source: { inline_string: ACCESS_LOG } },
      },
    },
  ],
  http_protocol_options: { enable_trailers: true },
  route_config: {
    name: 'routes',
    virtual_hosts: [
      {
        name: 'shop',
        domains: ['*'],
        routes: [{ name: 'all', match: { prefix: '/' }, route: { cluster: 'workload' } }],
      },
    ],
  },
  http_filters: [
    { name: STREAM_METADATA_NAMESPACE, typed_config: PROCESSOR },
    { name: 'router', typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` } },
  ],
});

const bootstrap = (socket: string, workload: Workload, log: string): Json => ({
  admin: { address: socketAddress('127.0.0.1', 0) },
  static_resources: {
    listeners: [
      {
        name: 'workload',
        address: socketAddress('127.0.0.1', 0),
        filter_chains: [{ filters: [{ name: 'manager', typed_config: manager(log) }] }],
      },
    ],
    clusters: [
      cluster('workload', socketAddress(workload.host, workload.port)),
      cluster(
        'processor',
        { pipe: { path: socket } },
        {
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': `${TYPES}.upstreams.http.v3.HttpProtocolOptions`,
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        },
      ),
    ],
  },
});

/** One stream: its messages as they came, and as they were read. */
interface Stream {
  readonly policy: string | undefined;
  readonly raw: Buffer[];
  readonly messages: ProcessingRequest[];
}

type Answerer = (message: ProcessingRequest, call: DuplexCall) => void;

const goOn: Answerer = ({ kind }, to) => to.send(encodeContinue(kind));

/** Holds the headers' answer until the request is whole, then gives all answers in order. */
function hold(): Answerer {
  const held: ProcessingRequest[] = [];
  return (message, to) => {
    if (!message.kind.startsWith('request')) {
      goOn(message, to);
      return;
    }
    held.push(message);
    if (message.endOfStream) for (const each of held) goOn(each, to);
  };
}

describe('a stream from Envoy', () => {
  let directory: TemporaryDirectory;
  let transport: Transport;
  let workload: Workload;
  let envoy: EnvoyProcess;
  let streams: Stream[];
  let answer: Answerer;
  const log = (): string => directory.join('access.log');

  beforeAll(async () => {
    directory = new TemporaryDirectory('sluice-test-');
    workload = await startWorkload();
    transport = createHttp2Transport({
      services: {
        unary: new Map(),
        streams: new Map(),
        duplex: new Map([
          [
            `/${PROCESSOR_SERVICE}/Process`,
            (to) => {
              const stream: Stream = { policy: to.metadata(STREAM_POLICY), raw: [], messages: [] };
              streams.push(stream);
              return {
                message: (bytes) => {
                  const copy = Buffer.from(bytes);
                  const message = decodeProcessingRequest(copy, DEFAULT_LIMITS.headerLinesMax);
                  stream.raw.push(copy);
                  stream.messages.push(message);
                  answer(message, to);
                },
                ended: () => true,
                closed: () => {},
              };
            },
          ],
        ]),
      },
      limits: DEFAULT_LIMITS,
      observer: { handlerFailed: () => {}, refused: () => {}, connectionFailed: () => {} },
    });
    const socket = directory.join('s');
    await transport.listen({ kind: 'unix', path: socket });
    envoy = await startEnvoy({ bootstrap: bootstrap(socket, workload, log()) });
  });

  afterAll(async () => {
    await envoy?.stop();
    await transport?.close();
    await workload?.close();
    directory?.remove();
  });

  afterEach(() => {
    workload.arrivals.length = 0;
  });

  const start = (answerer: Answerer): number => {
    streams = [];
    answer = answerer;
    return envoy.listener('workload').port;
  };

  const only = (): Stream => {
    const [stream] = streams;
    if (stream === undefined || streams.length > 1) throw new RangeError(`${streams.length} streams`);
    return stream;
  };

  const kinds = (): string[] => only().messages.map(({ kind }) => kind);

  it('carries headers byte for byte, attributes and the configuration of the filter', async () => {
    const port = start(goOn);
    const headers = { 'x-raw': ['\xe9\x80', '', 'two'], [STREAM_POLICY]: 'a client cannot choose it' };
    const { status } = await call(port, { path: '/a?b=%00', headers });
    expect(status).toBe(200);
    expect(only().policy).toBe('shop');
    const [first] = only().messages;
    expect(first).toMatchObject({ kind: 'requestHeaders', endOfStream: true, headersCut: false });
    expect(first?.headers.slice(0, 4).sort()).toEqual([
      [':authority', 'shop.example'],
      [':method', 'GET'],
      [':path', '/a?b=%00'],
      [':scheme', 'http'],
    ]);
    expect(first?.headers.filter(([name]) => name === 'x-raw')).toEqual([
      ['x-raw', '\xe9\x80'],
      ['x-raw', ''],
      ['x-raw', 'two'],
    ]);
    expect(first?.observabilityMode).toBe(false);
    expect(first?.protocolConfig).toEqual({
      requestBodyMode: 'STREAMED',
      responseBodyMode: 'STREAMED',
      sendBodyWithoutWaitingForHeaderResponse: true,
    });
    expect(Object.fromEntries(first?.attributes ?? [])).toEqual({
      'source.address': expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      'destination.address': `127.0.0.1:${port}`,
      'request.protocol': 'HTTP/1.1',
      'request.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'xds.route_name': 'all',
      'xds.virtual_host_name': 'shop',
    });
    expect(kinds().slice(0, 2)).toEqual(['requestHeaders', 'responseHeaders']);
    for (const message of only().messages.slice(1)) expect(message.protocolConfig).toBeNull();
  });

  it('carries bodies of both directions in chunks that are the whole, and trailers', async () => {
    const body = Buffer.alloc(300_000, 'payload ');
    const port = start(hold());
    expect((await call(port, { method: 'POST', body })).body).toBe('workload');
    const { messages } = only();
    const of = (kind: string) => messages.filter((message) => message.kind === kind);
    expect(Buffer.concat(of('requestBody').map((message) => message.body))).toEqual(body);
    expect(Buffer.concat(of('responseBody').map((message) => message.body)).toString()).toBe('workload');
    for (const kind of ['requestBody', 'responseBody']) {
      expect(of(kind).map(({ endOfStream }) => endOfStream)).toEqual(
        of(kind).map((_, index, all) => index === all.length - 1),
      );
    }
    expect(of('requestHeaders')[0]?.endOfStream).toBe(false);
    expect(workload.arrivals[0]?.body).toEqual(body);
    start(goOn);
    await sendTrailers(port);
    const last = only().messages.findLast(({ kind }) => kind === 'requestTrailers');
    expect(last).toMatchObject({ headers: [['x-sum', '1']], endOfStream: true });
  });

  it('holds nothing that is not in the .proto, and means what it says there', async () => {
    const port = start(hold());
    await call(port, { method: 'POST', body: 'a=b' });
    for (const raw of only().raw) {
      // What is not in the .proto is missing in the copy: metadata_context alone, which comes empty.
      const copy = encode(ProcessingRequestType, decodeSparse(ProcessingRequestType, raw));
      expect(copy.length).toBe(raw.length - (raw.includes(METADATA_CONTEXT_EMPTY) ? 2 : 0));
    }
    expect(only().raw.length).toBeGreaterThan(3);
  });

  it('takes an immediate response with its headers, body, details and metadata', async () => {
    const port = start((_, to) =>
      to.send(
        encodeImmediate({
          status: 451,
          headers: [
            ['content-type', 'text/html; charset=utf-8'],
            ['x-request-id', 'r-1'],
          ],
          body: '<p>no é</p>',
          grpcStatus: null,
          details: 'sluice_denied',
          metadata: { action: 'deny', score: 5, rules: [942100] },
        }),
      ),
    );
    const { status, headers, body } = await call(port, {});
    expect({ status, body }).toEqual({ status: 451, body: Buffer.from('<p>no é</p>').toString('latin1') });
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'x-request-id': 'r-1' });
    expect(workload.arrivals).toEqual([]);
  });

  it('gives a gRPC client a status of gRPC', async () => {
    const port = start((_, to) =>
      to.send(
        encodeImmediate({
          status: 403,
          headers: [],
          body: 'denied',
          grpcStatus: 7,
          details: 'sluice_denied',
        }),
      ),
    );
    const { status, headers } = await call(port, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc' },
    });
    expect(status).toBe(200);
    expect(headers['grpc-status']).toBe('7');
  });

  it('heeds another time-out', async () => {
    const port = start((_, to) => to.send(encodeTimeoutOverride(50)));
    expect((await call(port, {})).status).toBe(504);
  });

  it('refuses an answer of the wrong kind', async () => {
    const port = start((_, to) => to.send(encodeContinue('responseHeaders')));
    expect((await call(port, {})).status).toBe(500);
    expect(workload.arrivals).toEqual([]);
  });

  it('ends in an error where the stream is refused', async () => {
    const port = start((_, to) => to.refuse({ status: 14, message: 'no' }));
    expect((await call(port, {})).status).toBe(500);
    expect(workload.arrivals).toEqual([]);
  });

  it('leaves the metadata and the details of its answers in the access log', async () => {
    const port = start(({ kind }, to) => to.send(encodeContinue(kind, { metadata: { action: 'allow' } })));
    expect((await call(port, {})).status).toBe(200);
    // Envoy writes what is left of the log when it ends.
    await envoy.stop();
    const told = readFileSync(log(), 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, , metadata = '-']) => metadata !== '-')
      .map(([status, details, metadata = '']) => ({ status, details, metadata: JSON.parse(metadata) }));
    expect(told).toEqual([
      {
        status: '451',
        details: expect.stringContaining('sluice_denied'),
        metadata: { action: 'deny', score: 5, rules: [942100] },
      },
      { status: '200', details: 'via_upstream', metadata: { action: 'allow' } },
    ]);
  });
});

/** A chunked request with a trailer. */
async function sendTrailers(port: number): Promise<void> {
  const sent = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked', trailer: 'x-sum' },
    agent: false,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
  sent.write('body');
  sent.addTrailers({ 'x-sum': '1' });
  sent.end();
  (await answered).resume();
}
