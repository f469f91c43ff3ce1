/** The two calls of the Container Runtime Interface that are made, over the runtime's Unix socket. */
import { fileURLToPath } from 'node:url';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { ControllerError } from '../../errors.ts';
import { NODE_LIMITS } from '../limits.ts';

const PROTO = fileURLToPath(new URL('./cri.proto', import.meta.url));
const SERVICE = 'runtime.v1.RuntimeService';

export interface Sandbox {
  readonly id: string;
  /** Of the pod. */
  readonly uid: string;
  /** Nanoseconds since 1970, as a number: it only puts them in order. */
  readonly createdAt: number;
  readonly isReady: boolean;
}

interface SandboxMessage {
  readonly id: string;
  readonly metadata?: { readonly uid: string };
  readonly state: number;
  readonly createdAt: number;
}

const READY = 0;

/** Of gRPC: nobody answers. */
const SILENT: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

const codeOf = (cause: unknown): number =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'number'
    ? cause.code
    : status.UNAVAILABLE;

export class CriClient {
  readonly #socket: string;
  readonly #root = protobuf.loadSync(PROTO);
  readonly #client: Client;

  /** @param socket path: /run/containerd/containerd.sock, /run/crio/crio.sock */
  constructor(socket: string) {
    this.#socket = socket;
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': NODE_LIMITS.runtimeBytesMax,
      // What HTTP/2 calls the host of a Unix socket; some runtimes refuse a path there.
      'grpc.default_authority': 'localhost',
    });
  }

  /** Those that run, of all pods of the node. @throws ControllerError RUNTIME_UNREACHABLE */
  async sandboxes(): Promise<readonly Sandbox[]> {
    const answer = await this.#call('ListPodSandbox', { filter: { state: { state: READY } } });
    return (answer.items as readonly SandboxMessage[]).map(({ id, metadata, state, createdAt }) => ({
      id,
      uid: metadata?.uid ?? '',
      createdAt: Number(createdAt),
      isReady: state === READY,
    }));
  }

  /**
   * What the runtime says beyond its API, as texts of JSON by name; null where it answers that it cannot.
   *
   * @throws ControllerError RUNTIME_UNREACHABLE
   */
  async info(podSandboxId: string): Promise<Readonly<Record<string, string>> | null> {
    try {
      const answer = await this.#call('PodSandboxStatus', { podSandboxId, verbose: true });
      return answer.info as Readonly<Record<string, string>>;
    } catch (error) {
      // It has gone since it was listed, or is broken: that says nothing of the others.
      if (error instanceof ControllerError && !SILENT.has(codeOf(error.cause))) return null;
      throw error;
    }
  }

  close(): void {
    this.#client.close();
  }

  #call(method: string, request: object): Promise<Readonly<Record<string, unknown>>> {
    const input = this.#root.lookupType(`runtime.v1.${method}Request`);
    const output = this.#root.lookupType(`runtime.v1.${method}Response`);
    const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.#client.makeUnaryRequest<object, Readonly<Record<string, unknown>>>(
      `/${SERVICE}/${method}`,
      (value) => Buffer.from(input.encode(input.fromObject(value)).finish()),
      (bytes) => output.toObject(output.decode(bytes), { defaults: true, longs: Number, enums: Number }),
      request,
      { deadline: Date.now() + NODE_LIMITS.runtimeMillisMax },
      (error: ServiceError | null, value) => {
        if (value !== undefined && error === null) return resolve(value);
        const details = { socket: this.#socket, reason: error?.details || error?.message || 'no answer' };
        reject(new ControllerError('RUNTIME_UNREACHABLE', details, error ?? undefined));
      },
    );
    return promise;
  }
}
