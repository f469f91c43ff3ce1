/** The body of a bulk request: each record's two lines, put into one piece of memory that is used again. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type DataSet, documentJson, type SpoolRecord } from '@sluice/spool';

const compress = promisify(gzip);

const SLAB_BYTES = 1_048_576;
/** Slabs that grew beyond this are not kept. */
const KEPT_SLAB_BYTES_MAX = 16_777_216;
/** Of UTF-8, for each UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3;
const LINE_END = 0x0a;
const GZIP_CHUNK_BYTES = 262_144;

/** Ids that stand in JSON as they are. */
const PLAIN_ID = /^[\w.:-]+$/;

export interface Body {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes before compression. */
  readonly size: number;
  /** Gives the memory back; `bytes` are not to be read any more. */
  release(): void;
}

export class BodyMaker {
  readonly #heads: Readonly<Record<DataSet, string>>;
  readonly #level: number;
  readonly #free: Buffer[] = [];
  readonly #slabsMax: number;

  /**
   * @param streams the data stream of each data set
   * @param slabsMax pieces of memory that are kept for the next request
   */
  constructor(streams: Readonly<Record<DataSet, string>>, level: number, slabsMax: number) {
    const head = (stream: string): string => `{"create":{"_index":${JSON.stringify(stream)},"_id":`;
    this.#heads = { waf: head(streams.waf), l7: head(streams.l7), alert: head(streams.alert) };
    this.#level = level;
    this.#slabsMax = slabsMax;
  }

  /**
   * As many records as fit, and at least one.
   * @returns the body, and how many records are in it
   */
  async make(
    records: readonly SpoolRecord[],
    from: number,
    bytesMax: number,
  ): Promise<{ readonly body: Body; readonly count: number }> {
    const { slab, used, count } = this.#fill(records, from, bytesMax);
    if (this.#level === 0) {
      return {
        count,
        body: { bytes: slab.subarray(0, used), headers: {}, size: used, release: () => this.#give(slab) },
      };
    }
    try {
      const bytes = await compress(slab.subarray(0, used), {
        level: this.#level,
        chunkSize: GZIP_CHUNK_BYTES,
      });
      return {
        count,
        body: { bytes, headers: { 'content-encoding': 'gzip' }, size: used, release: () => undefined },
      };
    } finally {
      this.#give(slab);
    }
  }

  #fill(records: readonly SpoolRecord[], from: number, bytesMax: number): Filled {
    let slab = this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
    let used = 0;
    let count = 0;
    for (let index = from; index < records.length; index += 1) {
      const record = records[index];
      if (record === undefined) break;
      const id = PLAIN_ID.test(record.id) ? `"${record.id}"` : JSON.stringify(record.id);
      const head = `${this.#heads[record.dataSet]}${id}}}\n`;
      const document = documentJson(record);
      const needed = head.length * BYTES_PER_UNIT_MAX + document.length + 1;
      if (used + needed > slab.length) slab = grown(slab, used, used + needed);
      const start = used;
      used += slab.write(head, used);
      used += document.copy(slab, used);
      slab[used] = LINE_END;
      used += 1;
      if (count > 0 && used > bytesMax) {
        used = start;
        break;
      }
      count += 1;
    }
    return { slab, used, count };
  }

  #give(slab: Buffer): void {
    if (slab.length <= KEPT_SLAB_BYTES_MAX && this.#free.length < this.#slabsMax) this.#free.push(slab);
  }
}

interface Filled {
  readonly slab: Buffer;
  readonly used: number;
  readonly count: number;
}

function grown(slab: Buffer, used: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, slab.length * 2));
  slab.copy(larger, 0, 0, used);
  return larger;
}
