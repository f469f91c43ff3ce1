/** A receiver of a duplex call that records what it is told and does what a test says. */
import type { DuplexCall, DuplexHandler, DuplexReceiver } from '../../src/transport/transport.ts';

export class RecordedCall implements DuplexReceiver {
  readonly call: DuplexCall;
  readonly messages: Buffer[] = [];
  /** What was told, in order: `message`, `ended`, `closed`. */
  readonly told: string[] = [];
  onMessage: (message: Buffer, call: DuplexCall) => void;
  onEnded: () => boolean;
  onClosed: () => void = () => {};

  constructor(call: DuplexCall, onMessage: RecordedCall['onMessage'], onEnded: () => boolean) {
    this.call = call;
    this.onMessage = onMessage;
    this.onEnded = onEnded;
  }

  message(message: Uint8Array): void {
    this.told.push('message');
    const copy = Buffer.from(message);
    this.messages.push(copy);
    this.onMessage(copy, this.call);
  }

  ended(): boolean {
    this.told.push('ended');
    return this.onEnded();
  }

  closed(): void {
    this.told.push('closed');
    this.onClosed();
  }
}

/** A handler whose calls echo, unless told otherwise, and the calls that it has had. */
export class Recorder {
  readonly calls: RecordedCall[] = [];
  onOpen: (call: DuplexCall) => void = () => {};
  onMessage: RecordedCall['onMessage'] = (message, call) => call.send(message);
  onEnded: () => boolean = () => true;

  readonly handle: DuplexHandler = (call) => {
    this.onOpen(call);
    const recorded = new RecordedCall(
      call,
      (message, from) => this.onMessage(message, from),
      () => this.onEnded(),
    );
    this.calls.push(recorded);
    return recorded;
  };

  get only(): RecordedCall {
    const [first] = this.calls;
    if (first === undefined || this.calls.length > 1) throw new RangeError(`${this.calls.length} calls`);
    return first;
  }
}
