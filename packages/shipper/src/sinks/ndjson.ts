/** Lines of JSON, or another format of lines, to a file that is rotated, or to standard output. */
import type { SpoolRecord } from '@sluice/spool';
import { z } from 'zod';
import type { Outcome, Sink } from '../sink.ts';
import { FORMATS, formatOf } from './formats.ts';
import { FILE_BYTES_MAX, FILES_MAX } from './limits.ts';
import { common } from './options.ts';
import { RotatingFile } from './rotating-file.ts';
import { StandardOutput } from './standard-output.ts';

export const ndjsonSinkSchema = z.strictObject({
  type: common('ndjson').type,
  name: common('ndjson').name,
  /** Without it: standard output. */
  path: z.string().min(1).optional(),
  format: z.enum(FORMATS).default('ndjson'),
  fileBytesMax: z.int().min(65_536).max(1_099_511_627_776).default(FILE_BYTES_MAX),
  filesMax: z.int().min(1).max(1_000).default(FILES_MAX),
  /** Whether what is stored survives the death of the machine, not only that of the process. */
  fsync: z.boolean().default(false),
});

export type NdjsonSinkOptions = z.output<typeof ndjsonSinkSchema>;

/** Where lines go: all of them, or an error, and then none of them counts. */
export interface LineTarget {
  write(text: Buffer, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export class NdjsonSink implements Sink {
  readonly name: string;
  readonly ordered = true;
  readonly #format: (record: SpoolRecord) => string | null;
  readonly #target: LineTarget;

  constructor(options: NdjsonSinkOptions, target = targetOf(options)) {
    this.name = options.name;
    this.#format = formatOf(options.format);
    this.#target = target;
  }

  /** @throws ShipperError SINK_FILE, SINK_AWAY */
  async deliver(records: readonly SpoolRecord[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const lines = records.map((record) => this.#format(record) ?? '');
    await this.#target.write(Buffer.from(lines.join(''), 'utf8'), signal);
    return records.map(() => ({ kind: 'stored' }));
  }

  close(): Promise<void> {
    return this.#target.close();
  }
}

const targetOf = ({ name, path, ...options }: NdjsonSinkOptions): LineTarget =>
  path === undefined ? new StandardOutput(name) : new RotatingFile({ ...options, path });
