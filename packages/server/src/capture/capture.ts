/**
 * Whole requests of policies that a customer has named, sealed for a key of the customer's, for a full replay:
 *
 *     a request ─▶ copied while it is judged ─▶ sealed ─▶ a file (format.ts); Sluice itself cannot read it again
 *
 * Off unless the configuration has a key. What does not fit is counted and left out; no answer waits for it.
 */
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
  /** They were decided before they were there whole. */
  cut: number;
  failed: number;
}

interface Captured {
  readonly name: string;
  readonly key: string;
  readonly perSecondMax: number;
  file: CaptureFile | null;
  second: number;
  taken: number;
}

export class Capture implements CopySource {
  readonly #log: Log;
  readonly #now: () => number;
  readonly counts: CaptureCounts = { captured: 0, rate: 0, busy: 0, full: 0, body: 0, cut: 0, failed: 0 };
  /** By the names of rule sets; those of one policy share one. */
  #policies: ReadonlyMap<string, Captured> = new Map();
  #settings: CaptureConfig | null = null;
  #bytes = 0;
  #copies = 0;
  #isFull = false;

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
    void this.close();
    if (capture === false) return;
    try {
      this.#bytes = capturedBytes(capture.directory);
    } catch (error) {
      this.#log.error({ reason: reasonOf(error) }, 'no request is captured: its folder cannot be read');
      return;
    }
    this.#settings = capture;
    this.#isFull = false;
    const own = new Map(
      Object.entries(capture.policies).map(([name, { key, perSecondMax }]): [string, Captured] => [
        name,
        { name, key, perSecondMax, file: null, second: 0, taken: 0 },
      ]),
    );
    const variants = variantsOf(policies, select).flatMap(({ key, name }): readonly [string, Captured][] => {
      const captured = own.get(name);
      return captured === undefined ? [] : [[key, captured]];
    });
    this.#policies = new Map(variants);
    this.#log.warn(
      { policies: [...own.keys()], directory: capture.directory },
      'whole requests are captured, with all that they hold, for the keys of the configuration',
    );
  }

  copyOf(bodyBytes: number, { policy }: Pick<ExchangeOpening, 'attributes' | 'policy'>): RequestCopy | null {
    const captured = this.#policies.get(policy);
    if (captured === undefined) return null;
    const skipped = this.#skips(captured, bodyBytes);
    if (skipped !== null) {
      this.counts[skipped]++;
      return null;
    }
    this.#copies++;
    return new RequestCopy({
      give: (request, found) => {
        this.#copies--;
        this.#keep(captured, request, found);
      },
      drop: (why) => {
        this.#copies--;
        this.counts[why]++;
      },
    });
  }

  /** Resolves when what was captured is written. */
  async close(): Promise<void> {
    const files = new Set([...this.#policies.values()].flatMap(({ file }) => file ?? []));
    this.#policies = new Map();
    this.#settings = null;
    await Promise.all([...files].map((file) => file.end()));
  }

  #skips(captured: Captured, bodyBytes: number): 'body' | 'full' | 'busy' | 'rate' | null {
    if (bodyBytes > CAPTURE_LIMITS.bodyBytesMax) return 'body';
    if (this.#isFull) return 'full';
    const waiting = captured.file?.waiting ?? 0;
    if (this.#copies >= COPIES_MAX || waiting > CAPTURE_LIMITS.waitingBytesMax) return 'busy';
    const second = Math.floor(this.#now() / SECOND_MILLIS);
    if (second !== captured.second) Object.assign(captured, { second, taken: 0 });
    if (captured.taken >= captured.perSecondMax) return 'rate';
    captured.taken++;
    return null;
  }

  #keep(captured: Captured, { attributes, body, bodyComplete }: InspectionRequest, found: Inspection): void {
    const settings = this.#settings;
    // The configuration may be another by now.
    if (settings === null) return;
    try {
      const { wouldBlock, rules } = found;
      const about = { at: this.#now(), policy: captured.name, wouldBlock, rules: [...rules] };
      const record = writeCaptured({ ...about, attributes, body, bodyComplete });
      if (this.#bytes + record.byteLength > settings.bytesMax) {
        this.#full(settings);
        return;
      }
      const file = this.#fileOf(captured, settings);
      this.#bytes += file.add(record);
      this.counts.captured++;
      if (file.bytes < CAPTURE_LIMITS.fileBytesMax) return;
      captured.file = null;
      void file.end();
    } catch (error) {
      this.#failed(captured, error);
    }
  }

  #fileOf(captured: Captured, { directory }: CaptureConfig): CaptureFile {
    if (captured.file !== null) return captured.file;
    const file = new CaptureFile(directory, captured.name, captured.key, (error) => {
      if (captured.file === file) captured.file = null;
      this.#failed(captured, error);
    });
    this.#bytes += file.bytes;
    captured.file = file;
    return file;
  }

  #full({ directory, bytesMax }: CaptureConfig): void {
    this.#isFull = true;
    this.counts.full++;
    this.#log.warn({ directory, bytesMax }, 'no more requests are captured: capture.bytesMax is reached');
  }

  #failed({ name }: Captured, error: unknown): void {
    this.counts.failed++;
    this.#log.error({ policy: name, reason: reasonOf(error) }, 'a request was not captured');
  }
}
