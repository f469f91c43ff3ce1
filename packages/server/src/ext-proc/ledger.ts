/**
 * Which messages of one direction wait for their answer. Envoy takes one answer for each message, in order, of its
 * kind; one too many, or of another kind, ends the exchange with an error. So answers are given here and nowhere else.
 *
 * Headers come first, then any number of pieces of body, then trailers: counting is enough, and what is kept does not
 * grow with their number.
 */
import { ServerError } from '../errors.ts';
import { isHeaders, isTrailers, type StreamMessage } from './messages.ts';

type Direction = 'request' | 'response';
type Answer = (to: StreamMessage['kind']) => void;

/** `ahead`: nothing came. */
type Single = 'ahead' | 'waiting' | 'judged' | 'answered';

export class Ledger {
  readonly #direction: Direction;
  readonly #answer: Answer;
  #headers: Single = 'ahead';
  #trailers: Single = 'ahead';
  #received = 0;
  #judged = 0;
  #answered = 0;
  #bytesReceived = 0;
  #bytesJudged = 0;
  #bytesAnswered = 0;
  /** The last piece that is not empty, and the empty ones behind it. */
  #tailPieces = 0;
  #tailBytes = 0;
  #largest = 0;
  #ended = false;

  /** @param answer lets a message of the kind go on */
  constructor(direction: Direction, answer: Answer) {
    this.#direction = direction;
    this.#answer = answer;
  }

  /** Bytes of body that came. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** Bytes of body that were let on. */
  get bytesAnswered(): number {
    return this.#bytesAnswered;
  }

  /** Bytes of body that Envoy holds. */
  get bytesHeld(): number {
    return this.#bytesReceived - this.#bytesAnswered;
  }

  /** Bytes of the largest piece. */
  get largestPiece(): number {
    return this.#largest;
  }

  /** Bytes of the last piece that is not empty, of those that were judged. */
  get tailBytes(): number {
    return this.#tailBytes;
  }

  get headersAnswered(): boolean {
    return this.#headers === 'answered';
  }

  /** The direction's last message came. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Every message has its answer. */
  get settled(): boolean {
    return this.#received === this.#answered && !isOpen(this.#headers) && !isOpen(this.#trailers);
  }

  /** @throws ServerError EXCHANGE_ORDER for a message that cannot come here */
  receive(message: StreamMessage): void {
    if (this.#ended) throw outOfOrder(message, 'after the end');
    if (isHeaders(message)) {
      if (this.#headers !== 'ahead') throw outOfOrder(message, 'twice');
      this.#headers = 'waiting';
      this.#ended = message.endOfStream;
      return;
    }
    if (this.#headers === 'ahead') throw outOfOrder(message, 'before headers');
    if (isTrailers(message)) {
      this.#trailers = 'waiting';
      this.#ended = true;
      return;
    }
    this.#received++;
    this.#bytesReceived += message.body.byteLength;
    this.#largest = Math.max(this.#largest, message.body.byteLength);
    this.#ended = message.endOfStream;
  }

  /** The next message, which is this one, was inspected: it may be answered once a judgement covers it. */
  judged(message: StreamMessage): void {
    if (isHeaders(message)) {
      if (this.#headers === 'waiting') this.#headers = 'judged';
      return;
    }
    if (isTrailers(message)) {
      if (this.#trailers === 'waiting') this.#trailers = 'judged';
      return;
    }
    // What was answered before its turn was counted then.
    if (this.#judged >= this.#received) return;
    const bytes = message.body.byteLength;
    this.#judged++;
    this.#bytesJudged += bytes;
    if (bytes === 0) {
      this.#tailPieces++;
      return;
    }
    this.#tailPieces = 1;
    this.#tailBytes = bytes;
  }

  /** Answers everything that came. */
  answerAll(): void {
    this.#judged = this.#received;
    this.#bytesJudged = this.#bytesReceived;
    if (this.#headers === 'waiting') this.#headers = 'judged';
    if (this.#trailers === 'waiting') this.#trailers = 'judged';
    this.answerJudged(false);
  }

  /**
   * Answers what was inspected.
   * @param keepsTail all but the last piece that is not empty
   */
  answerJudged(keepsTail: boolean): void {
    this.answerHeaders();
    const kept = keepsTail && this.#tailBytes > 0 ? this.#tailPieces : 0;
    const bytes = this.#bytesJudged - (kept > 0 ? this.#tailBytes : 0);
    // Said before the answers go out: whoever is called by one of them may look here.
    const from = this.#answered;
    const to = Math.max(from, this.#judged - kept);
    this.#answered = to;
    this.#bytesAnswered = Math.max(this.#bytesAnswered, bytes);
    for (let count = from; count < to; count++) this.#answer(`${this.#direction}Body`);
    if (this.#trailers === 'judged' && this.#answered === this.#received) {
      this.#trailers = 'answered';
      this.#answer(`${this.#direction}Trailers`);
    }
  }

  answerHeaders(): void {
    if (this.#headers !== 'judged') return;
    this.#headers = 'answered';
    this.#answer(`${this.#direction}Headers`);
  }
}

const isOpen = (single: Single): boolean => single === 'waiting' || single === 'judged';

const outOfOrder = (message: StreamMessage, when: string): ServerError =>
  new ServerError('EXCHANGE_ORDER', { kind: message.kind, when });
