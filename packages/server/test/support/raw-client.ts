/** Bare HTTP/2 and grpc-js clients for the contract suite. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import type { BoundAddress } from '../../src/address.ts';

export interface RawAnswer {
  readonly httpStatus: number;
  /** NaN where none came. */
  readonly grpcStatus: number;
  readonly grpcMessage: string;
  readonly body: Buffer;
  readonly resetCode: number;
}

export function openSession(address: BoundAddress): ClientHttp2Session {
  const session = connect('http://localhost', {
    createConnection: () =>
      address.kind === 'unix' ? connectSocket(address.path) : connectSocket(address.port, address.host),
  });
  session.on('error', () => {});
  return session;
}

export const grpcHeaders = (path: string, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders => ({
  ':method': 'POST',
  ':path': path,
  'content-type': 'application/grpc',
  te: 'trailers',
  ...more,
});

/** What came back on a stream, once it is closed. */
export function answerOf(stream: ClientHttp2Stream): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received) => {
      headers = received;
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => {});
    // A caller that has its answer ends its side, as gRPC clients do.
    stream.on('end', () => stream.end());
    stream.on('close', () => {
      const { 'grpc-status': status, 'grpc-message': message } = { ...headers, ...trailers };
      resolve({
        httpStatus: Number(headers[':status']),
        grpcStatus: status === undefined ? Number.NaN : Number(status),
        grpcMessage: String(message ?? ''),
        body: Buffer.concat(chunks),
        resetCode: stream.rstCode,
      });
    });
  });
}

/** Sends bytes as they are on a stream of their own. */
export function callRaw(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: Uint8Array,
): Promise<RawAnswer> {
  const stream = session.request(headers);
  const answer = answerOf(stream);
  stream.end(body);
  return answer;
}

export function frameOf(message: Uint8Array, flag = 0, length = message.byteLength): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

const passThrough = (bytes: Buffer): Buffer => bytes;

export class GrpcClient {
  readonly #client: Client;

  constructor(address: BoundAddress) {
    const target = address.kind === 'unix' ? `unix:${address.path}` : `${address.host}:${address.port}`;
    this.#client = new Client(target, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Rejects with the ServiceError. */
  unary(path: string, message: Uint8Array, deadlineMillis = 5_000): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + deadlineMillis };
      this.#client.makeUnaryRequest(
        path,
        passThrough,
        passThrough,
        Buffer.from(message),
        options,
        (error: ServiceError | null, reply?: Buffer) => {
          if (error !== null) reject(error);
          else resolve(reply ?? Buffer.alloc(0));
        },
      );
    });
  }

  /** The messages until the stream ends, and the status that ended it. */
  stream(
    path: string,
    message: Uint8Array,
    onMessage: (bytes: Buffer) => void,
  ): { ended: Promise<number>; cancel(): void } {
    const call = this.#client.makeServerStreamRequest(path, passThrough, passThrough, Buffer.from(message));
    call.on('data', onMessage);
    call.on('error', () => {});
    const ended = new Promise<number>((resolve) => call.on('status', (status) => resolve(status.code)));
    return { ended, cancel: () => call.cancel() };
  }

  close(): void {
    this.#client.close();
  }
}
