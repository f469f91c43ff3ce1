/** grpc.health.v1: what Envoy's and Kubernetes' probes ask. Draining says NOT_SERVING first, so that nobody is cut off. */
import { ServerError } from './errors.ts';
import { HEALTH_WATCHES_MAX } from './limits.ts';
import { GrpcStatus } from './transport/status.ts';
import type { ReplyStream, StreamHandler, UnaryHandler } from './transport/transport.ts';
import { lengthTag, WireReader } from './wire/reader.ts';
import { WireWriter } from './wire/writer.ts';

export const HEALTH_CHECK_PATH = '/grpc.health.v1.Health/Check';
export const HEALTH_WATCH_PATH = '/grpc.health.v1.Health/Watch';

/** HealthCheckResponse.ServingStatus */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

const SERVICE_FIELD = lengthTag(1);

/** The whole server and its services share one state. */
export class Health {
  readonly #names: ReadonlySet<string>;
  /** Each with whether the service that it asked for is known. */
  readonly #watches = new Map<ReplyStream, boolean>();
  #serving = false;

  constructor(serviceNames: readonly string[]) {
    this.#names = new Set(['', ...serviceNames]);
  }

  get serving(): boolean {
    return this.#serving;
  }

  setServing(serving: boolean): void {
    if (serving === this.#serving) return;
    this.#serving = serving;
    for (const [watch, known] of this.#watches) if (known) watch.send(this.#status());
  }

  /** Ends every watch: they would hold a drain open. */
  endWatches(): void {
    for (const watch of [...this.#watches.keys()]) {
      watch.refuse({ status: GrpcStatus.UNAVAILABLE, message: 'the server stops' });
    }
  }

  /** @throws ServerError HEALTH_SERVICE_UNKNOWN, WIRE_MALFORMED */
  readonly check: UnaryHandler = (message) => {
    const name = decodeService(message);
    if (!this.#names.has(name)) throw new ServerError('HEALTH_SERVICE_UNKNOWN', { name });
    return this.#status();
  };

  /** An unknown service is told as such and kept: the protocol says that it may come to be. */
  readonly watch: StreamHandler = (message, stream) => {
    const known = this.#names.has(decodeService(message));
    if (this.#watches.size >= HEALTH_WATCHES_MAX) {
      stream.refuse({ status: GrpcStatus.RESOURCE_EXHAUSTED, message: 'too many watches' });
      return;
    }
    this.#watches.set(stream, known);
    stream.onClose(() => this.#watches.delete(stream));
    stream.send(known ? this.#status() : encodeStatus(SERVICE_UNKNOWN));
  };

  #status(): Uint8Array {
    return encodeStatus(this.#serving ? SERVING : NOT_SERVING);
  }
}

const encodeStatus = (status: number): Uint8Array => new WireWriter().uint32(1, status).finish();

function decodeService(message: Uint8Array): string {
  const reader = new WireReader(message);
  let service = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === SERVICE_FIELD) service = reader.utf8();
    else reader.skip(tag);
  }
  return service;
}
