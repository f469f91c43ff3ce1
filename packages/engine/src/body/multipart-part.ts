/** The part of a multipart body that is being read: what its headers said, and its content as far as it is kept. */
import { fromBytes, toBytes } from '../bytes.ts';
import type { ContentDisposition } from './content-disposition.ts';
import type { GuardedSink } from './guarded-sink.ts';
import type { UnfinishedSink } from './processor.ts';

export class MultipartPart {
  readonly #disposition: ContentDisposition;
  readonly #keepsFiles: boolean;
  readonly #pieces: string[] = [];
  #sizeBytes = 0;

  /** @param keepsFiles whether the content of a file is kept, too */
  constructor(disposition: ContentDisposition, keepsFiles: boolean) {
    this.#disposition = disposition;
    this.#keepsFiles = keepsFiles;
  }

  /**
   * Whether the content is kept and becomes an argument. Without a file name it is one. With an empty one, or only
   * `filename*`, some backends take it for a field and some for a file, so it is given as both.
   */
  get isArgument(): boolean {
    return this.#disposition.fileName === null || this.#disposition.fileName === '';
  }

  /** Whether rules read the content: of files, only where it is kept. */
  get isRead(): boolean {
    return this.isArgument || this.#keepsFiles;
  }

  add(piece: string): void {
    this.#sizeBytes += piece.length;
    if (this.isRead) this.#pieces.push(piece);
  }

  /** Tells of the part as far as it has come; `more` is content that was not added yet. */
  tellUnfinished(sink: UnfinishedSink, more: string): void {
    const { name, fileName, extendedFileName } = this.#disposition;
    const content = this.#pieces.join('') + more;
    if (this.isArgument) sink.unfinishedArgument(name, content);
    const first = fileName ?? extendedFileName;
    if (first === null) return;
    sink.file(name, first, this.#sizeBytes, this.#keepsFiles ? content : null);
    if (extendedFileName !== null && extendedFileName !== first) sink.file(name, extendedFileName, 0, null);
  }

  /** Tells the sink of the part; `byteOffset` is where it ended. */
  end(sink: GuardedSink, byteOffset: number): void {
    const { name, fileName, extendedFileName } = this.#disposition;
    // A copy: a slice would keep the whole chunk that it is from, perhaps full of a file, in memory.
    const content = fromBytes(toBytes(this.#pieces.join('')));
    if (this.isArgument) sink.argument(name, content, byteOffset);
    const first = fileName ?? extendedFileName;
    if (first === null) return;
    sink.file(name, first, this.#sizeBytes, this.#keepsFiles ? content : null);
    // The second name is another that a backend may go by; its bytes were counted already.
    if (extendedFileName !== null && extendedFileName !== first) sink.file(name, extendedFileName, 0, null);
  }
}
