/** A request that is copied while it is judged, for the candidate. */
import type { Answer, ExchangeOpening } from '../exchange-inspector.ts';
import type { Inspection, InspectionRequest } from '../inspector.ts';
import { REHEARSAL_LIMITS } from './limits.ts';

/** Who takes copies: each is either given or dropped, once. */
export interface CopyTaker {
  give(request: InspectionRequest, found: Inspection): void;
  drop(why: 'body' | 'cut'): void;
}

type Copied = Pick<ExchangeOpening, 'attributes' | 'policy' | 'probe' | 'ends'>;

export class RequestCopy {
  readonly #taker: CopyTaker;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #state: 'open' | 'whole' | 'truncated' | 'over' = 'open';

  constructor(taker: CopyTaker) {
    this.#taker = taker;
  }

  take(chunk: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > REHEARSAL_LIMITS.bodyBytesMax) this.drop('body');
    else if (chunk.byteLength > 0) this.#chunks.push(Uint8Array.from(chunk));
  }

  /** The request is there, or there is no more of it. */
  end(truncated: boolean): void {
    if (this.#state === 'open') this.#state = truncated ? 'truncated' : 'whole';
  }

  drop(why: 'body' | 'cut'): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#chunks = [];
    this.#taker.drop(why);
  }

  /** Judges as `inspect` does, and gives the copy with what was found. What it throws drops the copy. */
  following<T extends Answer<Inspection>>(inspect: () => T, request: Copied): T | Promise<Inspection> {
    let inspection: T;
    try {
      inspection = inspect();
    } catch (error) {
      this.drop('cut');
      throw error;
    }
    if (!(inspection instanceof Promise)) {
      this.#give(request, inspection as Inspection);
      return inspection;
    }
    return inspection.then(
      (found: Inspection) => {
        this.#give(request, found);
        return found;
      },
      (error: unknown) => {
        this.drop('cut');
        throw error;
      },
    );
  }

  /** Of requests only: the candidate sees no responses. */
  #give(request: Copied, found: Inspection): void {
    // Decided before all of it was there: the candidate cannot be asked about the rest.
    if (this.#state === 'open') this.drop('cut');
    // Denied by no rule: its like has ended workers, and whoever judges a copy of it would end, too.
    if (found.verdict.kind === 'deny' && found.verdict.ruleId === null) this.drop('cut');
    if (this.#state === 'over') return;
    const { attributes, policy, probe, ends } = request;
    const bodyComplete = this.#state === 'whole';
    this.#state = 'over';
    const copy = { attributes, policy, probe, body: Buffer.concat(this.#chunks), bodyComplete };
    this.#taker.give(ends === undefined ? copy : { ...copy, ends }, found);
  }
}
