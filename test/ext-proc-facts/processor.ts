/**
 * An ext_proc server for the tests, on @grpc/grpc-js: it says nothing of itself, a test answers message by message.
 *
 *     const processor = await startProcessor();
 *     processor.answer = async (stream) => {
 *       for await (const message of stream) stream.send({ requestHeaders: {} });
 *     };
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';

const root = protobuf.loadSync(join(import.meta.dirname, 'external_processor.proto'));
const PACKAGE = 'envoy.service.ext_proc.v3';
const RequestType = root.lookupType(`${PACKAGE}.ProcessingRequest`);
const ResponseType = root.lookupType(`${PACKAGE}.ProcessingResponse`);

/** Kinds of message, by the names that answers have too. */
export const KINDS = [
  'requestHeaders',
  'requestBody',
  'requestTrailers',
  'responseHeaders',
  'responseBody',
  'responseTrailers',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Message {
  readonly kind: Kind;
  /** Name and value, one a line, latin1. */
  readonly lines: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly endOfStream: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Undefined on all but the first message. */
  readonly protocolConfig?: Readonly<Record<string, unknown>>;
}

/** An answer as its proto has it, in JSON. */
export type Answer = Readonly<Record<string, unknown>>;

/** One call: messages as they come, and answers. */
export class ProcessorStream implements AsyncIterable<Message> {
  /** gRPC's metadata, by lower-case name. */
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  /** All that has come, also before anybody looked. */
  readonly messages: Message[] = [];
  /** Once Envoy has ended or cancelled the call. */
  readonly closed: Promise<void>;
  isClosed = false;
  readonly #call: grpc.ServerDuplexStream<Message, Answer>;
  #wake: () => void = () => undefined;
  #next = 0;

  constructor(call: grpc.ServerDuplexStream<Message, Answer>) {
    this.#call = call;
    const { metadata } = call;
    this.metadata = Object.fromEntries(
      Object.keys(metadata.getMap()).map((name) => [name, metadata.get(name).map(String)]),
    );
    call.on('data', (message: Message) => {
      this.messages.push(message);
      this.#wake();
    });
    // A call that Envoy resets is told as an error too.
    call.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      const close = (): void => {
        this.isClosed = true;
        this.#wake();
        resolve();
      };
      call.once('end', close);
      call.once('cancelled', close);
    });
  }

  /** The next message; undefined once the call is over. */
  async next(): Promise<Message | undefined> {
    while (this.#next >= this.messages.length) {
      if (this.isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.messages[this.#next++];
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Message> {
    for (let message = await this.next(); message !== undefined; message = await this.next()) yield message;
  }

  send(answer: Answer): void {
    if (!this.isClosed) this.#call.write(answer);
  }

  /** Lets the message go on as it is. */
  pass(kind: Kind, more: Answer = {}): void {
    this.send({ [kind]: {}, ...more });
  }

  deny(status: number, more: Answer = {}): void {
    this.send({ immediateResponse: { status: { code: status }, body: Buffer.from('denied') }, ...more });
  }

  /** Ends the call with OK, as a server that is done would. */
  closeCleanly(): void {
    this.#call.end();
  }

  closeWithError(code: grpc.status = grpc.status.UNAVAILABLE): void {
    this.#call.emit('error', { code, details: 'as the test wants it' });
  }

  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }
}

const decodeLines = (map: unknown): (readonly [string, string])[] => {
  const { headers = [] } = (map ?? {}) as { headers?: { key: string; value?: string; rawValue?: Buffer }[] };
  return headers.map(({ key, value, rawValue }) => [key, rawValue?.toString('latin1') ?? value ?? '']);
};

type Value = {
  stringValue?: string;
  numberValue?: number;
  boolValue?: boolean;
  kind?: string;
};

function decode(bytes: Buffer): Message {
  const plain = RequestType.toObject(RequestType.decode(bytes), { bytes: Buffer, enums: String });
  const kind = KINDS.find((name) => name in plain);
  if (kind === undefined) throw new ProcessorFault('a message of no kind');
  const part = plain[kind];
  const attributes = plain.attributes?.['envoy.filters.http.ext_proc']?.fields ?? {};
  return {
    kind,
    lines: decodeLines(part.headers ?? part.trailers),
    body: part.body ?? Buffer.alloc(0),
    endOfStream: part.endOfStream ?? false,
    attributes: Object.fromEntries(
      Object.entries(attributes as Record<string, Value>).map(([name, value]) => [
        name,
        value.stringValue ?? value.numberValue ?? value.boolValue,
      ]),
    ),
    ...(plain.protocolConfig === undefined ? {} : { protocolConfig: plain.protocolConfig }),
  };
}

const encode = (answer: Answer): Buffer =>
  Buffer.from(ResponseType.encode(ResponseType.fromObject(answer)).finish());

const SERVICE: grpc.ServiceDefinition = {
  Process: {
    path: `/${PACKAGE}.ExternalProcessor/Process`,
    requestStream: true,
    responseStream: true,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: decode,
    responseSerialize: encode,
    responseDeserialize: (bytes) => bytes,
  },
};

/** Of grpc.health.v1: SERVING, NOT_SERVING. Envoy asks a process for its health before it asks it for anything else. */
const [SERVING, NOT_SERVING] = [1, 2];

const HEALTH: grpc.ServiceDefinition = {
  Check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes) => bytes,
    responseSerialize: (status: number) => Buffer.from([0x08, status]),
    responseDeserialize: (bytes) => bytes,
  },
};

export class ProcessorFault extends Error {
  override readonly name = 'ProcessorFault';
}

export type Answering = (stream: ProcessorStream) => void | Promise<void>;

export class Processor {
  readonly socket: string;
  readonly streams: ProcessorStream[] = [];
  /** What is done with a call; what it throws ends the call with an error and fails `stop`. */
  answer: Answering = () => undefined;
  /** What it says of its health. */
  isServing = true;
  #server = new grpc.Server();
  readonly #directory: TemporaryDirectory;
  readonly #faults: unknown[] = [];
  #arrived: () => void = () => undefined;

  constructor(directory: TemporaryDirectory) {
    this.#directory = directory;
    this.socket = directory.join('processor.sock');
  }

  #take(call: grpc.ServerDuplexStream<Message, Answer>): void {
    const stream = new ProcessorStream(call);
    this.streams.push(stream);
    this.#arrived();
    const run = async (): Promise<void> => this.answer(stream);
    run().catch((fault: unknown) => {
      this.#faults.push(fault);
      stream.closeWithError(grpc.status.INTERNAL);
    });
  }

  /** Also after `kill`, at the same socket. */
  async listen(): Promise<void> {
    this.#server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
    const handle = (call: grpc.ServerDuplexStream<Message, Answer>): void => this.#take(call);
    this.#server.addService(SERVICE, { Process: handle });
    const check: grpc.handleUnaryCall<unknown, number> = (_, reply) =>
      reply(null, this.isServing ? SERVING : NOT_SERVING);
    this.#server.addService(HEALTH, { Check: check });
    await new Promise<void>((resolve, reject) => {
      this.#server.bindAsync(`unix:${this.socket}`, grpc.ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }

  /** The first call since `clear`; waits for it. */
  async stream(): Promise<ProcessorStream> {
    for (;;) {
      const [first] = this.streams;
      if (first !== undefined) return first;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  /** Forgets what has come. */
  clear(): void {
    this.streams.length = 0;
    this.answer = () => undefined;
  }

  /** As a process that is killed: its connections break and its socket answers no more. */
  kill(): void {
    this.#server.forceShutdown();
    rmSync(this.socket, { force: true });
  }

  async stop(): Promise<void> {
    this.kill();
    this.#directory.remove();
    const [fault] = this.#faults;
    if (fault !== undefined) throw fault;
  }
}

export async function startProcessor(): Promise<Processor> {
  const processor = new Processor(new TemporaryDirectory('sluice-processor-'));
  await processor.listen();
  return processor;
}
