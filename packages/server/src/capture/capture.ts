/**
 * Whole requests of policies that a customer has named, sealed for a key of the customer's, for a full replay:
 *
 *     a request ─▶ copied while it is judged ─▶ sealed ─▶ a file (format.ts); Sluice itself cannot read it again
 *
 * Off unless the configuration has a key. What does not fit is counted and left out; no answer waits for it:
 * sealing and writing follow the answers.
 */
import { Afterwards } from '../afterwards.ts';
import type { Config } from '../config.ts';
import { reasonOf } from '../errors.ts';
import type { ExchangeOpening } from '../exchange-inspector.ts';
import type { Inspection, InspectionRequest } from '../inspector.ts';
import type { Log } from '../log.ts';
import { variantsOf } from '../policies/select.ts';
import type { CopySource } from '../rehearsal/rehearsing-inspector.ts';
import { RequestCopy } from '../rehearsal/request-copy.ts';
import { CaptureFile, capturedBytes } from './capture-file.ts';
import { writeCaptured } from './captured-request.ts';
import { CAPTURE_LIMITS } from './limits.ts';

const SECOND_MILLIS = 1_000;
/** Copies of requests that are being made. */
const COPIES_MAX = 64;

/** Settings of a capture, as sluice.yaml has them. */
export interface CaptureConfig {
  readonly directory: string;
  readonly bytesMax: number;
  /** By name of a policy. */
  readonly policies: Readonly<Record<string, { readonly key: string; readonly perSecondMax: number }>>;
}

/** Requests of policies that are captured, by what became of them. */
export interface CaptureCounts {
  captured: number;
  /** Beyond so many a second. */
  rate: number;
  /** Too many at once, or the disk is behind. */
  busy: number;
  /** The folder has as many bytes as it may have. */
  full: number;
  /** Their body is longer than is copied. */
  body: number;
  /** They were decided before they were there whole, or another configuration came into force meanwhile. */
  cut: number;
  /** They could not be written, or came while writing is paused because of that. */
  failed: number;
}

interface Captured {
  readonly name: string;
  readonly key: string;
  readonly perSecondMax: number;
  file: CaptureFile | null;
  second: number;
  taken: number;
  /** Milliseconds since the epoch: the disk has refused, and is not asked before. */
  pausedUntil: number;
}

/** What one configuration has captured. Who began under another writes nothing into its files. */
interface Generation {
  readonly settings: CaptureConfig;
  /** By the names of rule sets; those of one policy share one. */
  readonly policies: ReadonlyMap<string, Captured>;
  /** Copies that are to be written. */
  readonly afterwards: Afterwards;
  isFull: boolean;
}

export class Capture implements CopySource {
  readonly #log: Log;
  readonly #now: () => number;
  readonly counts: CaptureCounts = { captured: 0, rate: 0, busy: 0, full: 0, body: 0, cut: 0, failed: 0 };
  /** Null: nothing is captured. */
  #generation: Generation | null = null;
  /** Files that are being ended. */
  readonly #ending = new Set<Promise<number>>();
  #bytes = 0;
  /** How often they were counted anew. */
  #countings = 0;
  /** That are being made, or wait to be written. */
  #copies = 0;

  constructor({ log, now = Date.now }: { readonly log: Log; readonly now?: () => number }) {
    this.#log = log;
    this.#now = now;
  }

  /** Bytes of all files of the folder. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is in force from now on. Files of before are ended. Never throws: what cannot be captured is said, and changes nothing else. */
  begin({ capture, policies, select }: Pick<Config, 'capture' | 'policies' | 'select'>): void {
    this.#end();
    if (capture === false) return;
    try {
      this.#bytes = capturedBytes(capture.directory);
      this.#countings++;
    } catch (error) {
      this.#log.error({ reason: reasonOf(error) }, 'no request is captured: its folder cannot be read');
      return;
    }
    const own = new Map(
      Object.entries(capture.policies).map(([name, { key, perSecondMax }]): [string, Captured] => [
        name,
        { name, key, perSecondMax, file: null, second: 0, taken: 0, pausedUntil: 0 },
      ]),
    );
    const variants = variantsOf(policies, select).flatMap(({ key, name }): readonly [string, Captured][] => {
      const captured = own.get(name);
      return captured === undefined ? [] : [[key, captured]];
    });
    const afterwards = new Afterwards();
    this.#generation = { settings: capture, policies: new Map(variants), afterwards, isFull: false };
    this.#log.warn(
      { policies: [...own.keys()], directory: capture.directory },
      'whole requests are captured, with all that they hold, for the keys of the configuration',
    );
  }

  copyOf(bodyBytes: number, { policy }: Pick<ExchangeOpening, 'attributes' | 'policy'>): RequestCopy | null {
    const generation = this.#generation;
    const captured = generation?.policies.get(policy);
    if (generation === null || captured === undefined) return null;
    const skipped = this.#skips(generation, captured, bodyBytes);
    if (skipped !== null) {
      this.counts[skipped]++;
      return null;
    }
    this.#copies++;
    return new RequestCopy({
      give: (request, found) =>
        generation.afterwards.add(() => {
          this.#copies--;
          if (generation === this.#generation) this.#keep(generation, captured, request, found);
          else this.counts.cut++;
        }),
      drop: (why) => {
        this.#copies--;
        this.counts[why]++;
      },
    });
  }

  /** Resolves when what was captured is written. */
  async close(): Promise<void> {
    this.#generation?.afterwards.close();
    this.#end();
    await Promise.all(this.#ending);
  }

  /** What waits to be written is left out. */
  #end(): void {
    const generation = this.#generation;
    this.#generation = null;
    generation?.afterwards.close();
    const files = new Set([...(generation?.policies.values() ?? [])].flatMap(({ file }) => file ?? []));
    for (const file of files) void this.#endFile(file);
  }

  #endFile(file: CaptureFile): Promise<number> {
    const ending = file.end();
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
    return ending;
  }

  #skips(
    generation: Generation,
    captured: Captured,
    bodyBytes: number,
  ): 'body' | 'full' | 'failed' | 'busy' | 'rate' | null {
    if (bodyBytes > CAPTURE_LIMITS.bodyBytesMax) return 'body';
    const now = this.#skipsNow(generation, captured);
    if (now !== null) return now;
    const waiting = captured.file?.waiting ?? 0;
    if (this.#copies >= COPIES_MAX || waiting > CAPTURE_LIMITS.waitingBytesMax) return 'busy';
    const second = Math.floor(this.#now() / SECOND_MILLIS);
    if (second !== captured.second) Object.assign(captured, { second, taken: 0 });
    if (captured.taken >= captured.perSecondMax) return 'rate';
    captured.taken++;
    return null;
  }

  #keep(
    generation: Generation,
    captured: Captured,
    { attributes, body, bodyComplete }: InspectionRequest,
    { wouldBlock, rules }: Inspection,
  ): void {
    const skipped = this.#skipsNow(generation, captured);
    if (skipped !== null) {
      this.counts[skipped]++;
      return;
    }
    try {
      const about = { at: this.#now(), policy: captured.name, wouldBlock, rules: [...rules] };
      const record = writeCaptured({ ...about, attributes, body, bodyComplete });
      if (this.#bytes + record.byteLength > generation.settings.bytesMax) {
        this.#full(generation);
        return;
      }
      const file = this.#fileOf(generation, captured);
      this.#bytes += file.add(record, (isWritten) => this.counts[isWritten ? 'captured' : 'failed']++);
      if (file.bytes < CAPTURE_LIMITS.fileBytesMax) return;
      captured.file = null;
      void this.#endFile(file);
    } catch (error) {
      this.counts.failed++;
      this.#pause(captured, error);
    }
  }

  /** What has become of the disk since the copy was begun. */
  #skipsNow({ isFull }: Generation, { pausedUntil }: Captured): 'full' | 'failed' | null {
    if (isFull) return 'full';
    return this.#now() < pausedUntil ? 'failed' : null;
  }

  #fileOf(generation: Generation, captured: Captured): CaptureFile {
    if (captured.file !== null) return captured.file;
    const { directory } = generation.settings;
    const counting = this.#countings;
    const file = new CaptureFile(directory, captured.name, captured.key, (error) => {
      if (captured.file === file) captured.file = null;
      this.#pause(captured, error);
      void this.#endFile(file).then((kept) => {
        // What was counted since is as the disk has it.
        if (counting === this.#countings) this.#bytes -= file.bytes - kept;
      });
    });
    this.#bytes += file.bytes;
    captured.file = file;
    return file;
  }

  #full(generation: Generation): void {
    const { directory, bytesMax } = generation.settings;
    generation.isFull = true;
    this.counts.full++;
    this.#log.warn({ directory, bytesMax }, 'no more requests are captured: capture.bytesMax is reached');
  }

  /** Who refuses one refuses the next: a file and a line for each would be a flood of both. */
  #pause(captured: Captured, error: unknown): void {
    const { pauseMillis } = CAPTURE_LIMITS;
    captured.pausedUntil = this.#now() + pauseMillis;
    this.#log.error(
      { policy: captured.name, reason: reasonOf(error), pauseMillis },
      'requests are not captured for a while',
    );
  }
}
