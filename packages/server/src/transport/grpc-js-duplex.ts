/** A call of many messages both ways, on @grpc/grpc-js. What the library decides stands at the head of grpc-js.ts. */
import type { ServerDuplexStream, StatusObject } from '@grpc/grpc-js';
import { GrpcStatus, type Refusal } from './status.ts';
import type { CallContext, DuplexCall, DuplexHandler, DuplexReceiver } from './transport.ts';

export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const statusObject = (refusal: Refusal): Pick<StatusObject, 'code' | 'details'> => ({
  code: refusal.status,
  details: refusal.message,
});

/** What a call needs of its transport. */
export interface DuplexHost {
  readonly unsentBytesMax: number;
  /** A method of the handler threw; which refusal that is. */
  failed(error: unknown): Refusal;
  /** The transport itself refuses. */
  refused(refusal: Refusal): void;
  /** Once: the call has its end. */
  closed(): void;
}

export class GrpcJsDuplexCall implements DuplexCall {
  readonly context: CallContext;
  readonly #stream: ServerDuplexStream<Buffer, Buffer>;
  readonly #host: DuplexHost;
  #receiver: DuplexReceiver | null = null;
  #unsentBytes = 0;
  #over = false;

  constructor(path: string, stream: ServerDuplexStream<Buffer, Buffer>, host: DuplexHost) {
    const deadline = Number(stream.getDeadline());
    this.context = { path, deadline: Number.isFinite(deadline) ? deadline : null };
    this.#stream = stream;
    this.#host = host;
  }

  start(handle: DuplexHandler): void {
    const stream = this.#stream;
    stream.once('cancelled', () => this.#end());
    this.#guard(() => {
      this.#receiver = handle(this);
    });
    stream.on('data', (message: Buffer) => this.#guard(() => this.#receiver?.message(message)));
    stream.once('end', () => this.#guard(() => this.#tellEnd()));
  }

  metadata(name: string): string | undefined {
    const [value] = this.#stream.metadata.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  send(message: Uint8Array): void {
    if (this.#over) return;
    const { byteLength } = message;
    this.#unsentBytes += byteLength;
    this.#stream.write(asBuffer(message), () => {
      this.#unsentBytes -= byteLength;
    });
    if (this.#unsentBytes <= this.#host.unsentBytesMax) return;
    const refusal: Refusal = {
      status: GrpcStatus.RESOURCE_EXHAUSTED,
      message: 'the caller does not read its answers',
    };
    this.#host.refused(refusal);
    this.refuse(refusal);
  }

  pause(): void {
    if (!this.#over) this.#stream.pause();
  }

  resume(): void {
    if (!this.#over) this.#stream.resume();
  }

  refuse(refusal: Refusal): void {
    if (this.#over) return;
    this.#end();
    this.#stream.emit('error', statusObject(refusal));
  }

  #tellEnd(): void {
    if (this.#receiver === null) return;
    if (!this.#receiver.ended()) {
      this.refuse({ status: GrpcStatus.CANCELLED, message: 'the caller went without its answers' });
      return;
    }
    if (this.#over) return;
    this.#end();
    this.#stream.end();
  }

  /** Tells the receiver something, unless the call is over; what it throws refuses the call. */
  #guard(tell: () => void): void {
    if (this.#over) return;
    try {
      tell();
    } catch (error) {
      this.refuse(this.#host.failed(error));
    }
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#host.closed();
    this.#stream.resume();
    // Not from inside another method of the receiver.
    process.nextTick(() => this.#tellClosed());
  }

  #tellClosed(): void {
    try {
      this.#receiver?.closed();
    } catch (error) {
      this.#host.failed(error);
    }
    this.#receiver = null;
  }
}
