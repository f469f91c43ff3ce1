/** Records that are not, or no longer, in the spool: by why, and by data set. Counted exactly. */
import { DATA_SETS, type DataSet } from '../record.ts';

export const DROP_REASONS = [
  /** Memory for records that wait for the disk was full. */
  'buffer',
  /** The spool was full, and drops what is newest. */
  'newest',
  /** The spool was full, and dropped its oldest segment: those in it that a reader had not read. */
  'oldest',
  /** Larger than a record may be, or no document. */
  'refused',
  /** The writer was closed before the disk took them. */
  'closed',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

export type DropCounts = Readonly<Record<DropReason, Readonly<Record<DataSet, number>>>>;

export class Drops {
  readonly #counts = new Map<string, number>();

  add(reason: DropReason, dataSet: DataSet, records = 1): void {
    const key = `${reason} ${dataSet}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + records);
  }

  of(reason: DropReason, dataSet: DataSet): number {
    return this.#counts.get(`${reason} ${dataSet}`) ?? 0;
  }

  get all(): DropCounts {
    const bySet = (reason: DropReason) =>
      Object.fromEntries(DATA_SETS.map((dataSet) => [dataSet, this.of(reason, dataSet)]));
    return Object.fromEntries(DROP_REASONS.map((reason) => [reason, bySet(reason)])) as DropCounts;
  }
}
