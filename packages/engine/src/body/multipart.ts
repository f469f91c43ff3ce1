/**
 * multipart/form-data (RFC 7578, RFC 2046) as a stream, with ModSecurity's strictness: lines may end in LF, but that is
 * reported; what two parsers could read in two ways is an error or a flag. Content of files is counted and not kept.
 */
import { parseContentDisposition } from './content-disposition.ts';
import { GuardedSink } from './guarded-sink.ts';
import { parseMultipartBoundary } from './multipart-boundary.ts';
import { DelimiterReader } from './multipart-delimiter.ts';
import { MultipartPart } from './multipart-part.ts';
import { PartHeaders } from './part-headers.ts';
import { PatternFinder } from './pattern-finder.ts';
import type {
  BodyErrorKind,
  BodyProcessorOptions,
  BodySink,
  CreateBodyProcessor,
  UnfinishedSink,
} from './processor.ts';
import { StreamingProcessor } from './streaming-processor.ts';

type Mode = 'preamble' | 'headers' | 'data' | 'epilogue';

/** The line break that ends `text` from `at` on, alone or with one dash after it, which may be a delimiter's; or -1. */
function lastNewline(text: string, at: number): number {
  const last = text.length - (text.endsWith('\n-') ? 2 : 1);
  return last >= at && text[last] === '\n' ? last : -1;
}

/** Some parsers read the parts inside as fields of the form (RFC 7578 §4.3 lets no client send such parts any more). */
const NESTED = /^[ \t"]*multipart/i;

class MultipartProcessor extends StreamingProcessor {
  readonly #keepsFiles: boolean;
  readonly #limits: BodyProcessorOptions['limits'];
  readonly #delimiters: DelimiterReader | null;
  /** The delimiter inside of a line, where it does not count but might for another parser. */
  readonly #misplaced: PatternFinder;
  readonly #boundaryReason: string;
  #startFlags: ReturnType<typeof parseMultipartBoundary>['flags'];
  #mode: Mode = 'preamble';
  #atLineStart = true;
  /** A line break that belongs to the content, unless a delimiter follows it. */
  #heldBreak = '';
  #headers: PartHeaders;
  #headerLine = '';
  #headerBytes = 0;
  #part: MultipartPart | null = null;
  #parts = 0;
  #sawCrlf = false;
  #sawLf = false;
  /** Bytes of headers and arguments, against requestBodyNoFilesBytesMax. */
  #noFilesBytes = 0;
  readonly #filesBytesMax: number;
  #filesBytes = 0;
  readonly #delimiter: string;
  /** Whether something else than content of files was read since `takeNews`. */
  #news = false;

  constructor(sink: BodySink, options: BodyProcessorOptions) {
    super(new GuardedSink(sink, options.limits), Number.POSITIVE_INFINITY);
    const { boundary, reason, flags } = parseMultipartBoundary(options.contentType);
    this.#limits = options.limits;
    this.#keepsFiles = options.keepsFiles ?? false;
    this.#boundaryReason = reason;
    this.#startFlags = flags;
    this.#delimiters =
      boundary === null ? null : new DelimiterReader(boundary, flags.includes('BOUNDARY_QUOTED'));
    this.#filesBytesMax = options.filesBytesMax ?? Number.POSITIVE_INFINITY;
    this.#delimiter = `--${boundary ?? ''}`;
    this.#misplaced = new PatternFinder(this.#delimiter);
    this.#headers = this.#newHeaders();
  }

  protected override read(text: string, base: number, final: boolean): number {
    for (const flag of this.#startFlags) this.sink.multipartFlag(flag);
    this.#startFlags = [];
    if (this.#delimiters === null) {
      this.#fail('syntax', this.#boundaryReason, 0);
      return text.length;
    }
    let at = 0;
    while (at < text.length && !this.sink.failed) {
      const next = this.#step(this.#delimiters, text, at, base, final);
      // Nothing read although this is no line's start: the rest is too short to tell.
      if (next === at && (this.#atLineStart || this.#waits(text, at, final))) return at;
      at = next;
    }
    return at;
  }

  override tellUnfinished(sink: UnfinishedSink): void {
    if (this.sink.failed || this.#delimiters === null) return;
    if (this.#mode === 'headers') for (const line of this.#headers.lines) sink.partHeader('', line);
    this.#part?.tellUnfinished(sink, this.#pendingContent());
  }

  /** What was held back and is content, as far as anybody can tell; not what may be the beginning of a delimiter. */
  #pendingContent(): string {
    const tail = this.unread;
    // The first byte of the line break in front of a delimiter, perhaps.
    if (!this.#atLineStart) return tail === '\r' ? '' : tail;
    const mayDelimit = tail.startsWith(this.#delimiter) || this.#delimiter.startsWith(tail);
    return mayDelimit ? '' : this.#heldBreak + tail;
  }

  protected override takeNews(): boolean {
    const news = this.#news || this.#part?.isArgument === true;
    this.#news = false;
    return news;
  }

  protected override finish(length: number): void {
    if (this.#mode === 'epilogue') return;
    if (this.#mode === 'headers') {
      if (this.#headerLine !== '') this.#headers.add(this.#headerLine);
      this.#emitHeaders('');
    }
    const reason = this.#parts === 0 ? 'no boundary in the body' : 'the final boundary is missing';
    this.#fail('syntax', reason, length);
  }

  /** A carriage return alone at the end of what is known may be half of a line break. */
  #waits(text: string, at: number, final: boolean): boolean {
    return !final && at === text.length - 1 && text[at] === '\r';
  }

  #step(delimiters: DelimiterReader, text: string, at: number, base: number, final: boolean): number {
    if (this.#mode === 'epilogue') {
      this.#news = true;
      this.sink.multipartFlag('DATA_AFTER');
      this.#refuseMisplaced(text.slice(at), base + at);
      return text.length;
    }
    if (this.#atLineStart) {
      const delimiter = delimiters.read(text, at, final);
      if (delimiter.kind === 'wait') return at;
      if (delimiter.kind === 'bad') {
        this.#fail('syntax', delimiter.reason, base + at);
        return at;
      }
      if (delimiter.kind !== 'none') {
        this.#delimit(delimiter.kind, delimiter.lineEnd, base + at);
        return at + delimiter.length;
      }
      this.#beginLine(delimiter.dashes, base + at);
    }
    if (this.sink.failed) return at;
    return this.#mode === 'headers'
      ? this.#readHeaderLine(text, at, base)
      : this.#readContent(text, at, base, final);
  }

  /** A line that is no delimiter begins at `byteOffset`: the break before it was content. */
  #beginLine(dashes: boolean, byteOffset: number): void {
    this.#atLineStart = false;
    const heldBreak = this.#heldBreak;
    this.#heldBreak = '';
    if (this.#mode === 'preamble') this.sink.multipartFlag('DATA_BEFORE');
    this.#addContent(heldBreak, byteOffset - heldBreak.length);
    this.#misplaced.reset();
    if (!dashes) return;
    this.#news ||= !this.sink.hasFlag('UNMATCHED_BOUNDARY');
    this.sink.multipartFlag('UNMATCHED_BOUNDARY');
  }

  #delimit(kind: 'part' | 'final', lineEnd: string, byteOffset: number): void {
    this.#news = true;
    if (this.#mode === 'headers') {
      this.#failPart('the headers of a part do not end', byteOffset);
      return;
    }
    // A delimiter begins with the line break before it; the first may stand at the very start.
    if (this.#heldBreak === '' && this.#mode === 'data') {
      // Parsers that took the break for the end of the headers go on to the next delimiter.
      this.#fail('syntax', 'a boundary right behind the headers of a part', byteOffset);
      return;
    }
    if (this.#mode === 'data') this.#noteLineEnd(this.#heldBreak, byteOffset);
    // What follows the final boundary makes no difference to anybody.
    if (kind === 'part') this.#noteLineEnd(lineEnd, byteOffset);
    else if (lineEnd === '\n') this.sink.multipartFlag('LF_LINE');
    this.#heldBreak = '';
    this.#part?.end(this.sink, byteOffset);
    this.#part = null;
    if (kind === 'final') {
      this.#mode = 'epilogue';
      this.#misplaced.reset();
      this.#parts += 1;
      return;
    }
    if (this.#parts === this.#limits.multipartPartsMax) {
      this.sink.multipartFlag('FILE_LIMIT_EXCEEDED');
      this.#fail('parts', `more than ${this.#limits.multipartPartsMax} parts`, byteOffset);
      return;
    }
    this.#parts += 1;
    this.#mode = 'headers';
    this.#headers = this.#newHeaders();
    this.#headerBytes = 0;
  }

  #readHeaderLine(text: string, at: number, base: number): number {
    this.#news = true;
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline + 1;
    const headerRoom = this.#limits.multipartPartHeaderBytesMax - this.#headerBytes;
    const room = Math.min(headerRoom, this.#limits.requestBodyNoFilesBytesMax - this.#noFilesBytes);
    if (end - at > room) {
      this.#emitHeaders('');
      const what = room === headerRoom ? 'bytes of headers in one part' : 'bytes outside of files';
      const limit = room === headerRoom ? 'multipartPartHeaderBytesMax' : 'requestBodyNoFilesBytesMax';
      this.#fail('size', `more than ${this.#limits[limit]} ${what}`, base + at + room);
      return end;
    }
    this.#headerBytes += end - at;
    this.#noFilesBytes += end - at;
    this.#headerLine += text.slice(at, end);
    if (newline < 0) return end;

    const lineEnd = this.#headerLine.endsWith('\r\n') ? '\r\n' : '\n';
    const line = this.#headerLine.slice(0, -lineEnd.length);
    this.#headerLine = '';
    this.#atLineStart = true;
    this.#noteLineEnd(lineEnd, base + end);
    if (line === '') this.#endHeaders(base + end);
    else {
      const reason = this.#headers.add(line);
      if (reason !== null) this.#failPart(reason, base + end);
    }
    return end;
  }

  #endHeaders(byteOffset: number): void {
    const header = this.#headers.get('content-disposition');
    if (header === undefined) {
      this.#failPart('a part without Content-Disposition', byteOffset);
      return;
    }
    const result = parseContentDisposition(header);
    const invalidQuoting = result.ok ? result.disposition.invalidQuoting : result.invalidQuoting;
    if (invalidQuoting) this.sink.multipartFlag('INVALID_QUOTING');
    if (!result.ok) {
      if (result.duplicate) this.sink.multipartFlag('DUPLICATE_PART_HEADER');
      this.#failPart(`a Content-Disposition that ${result.reason}`, byteOffset);
      return;
    }
    if (invalidQuoting) {
      this.#failPart(
        'a Content-Disposition that has quotes which not all parsers take for quotes',
        byteOffset,
      );
      return;
    }
    if (NESTED.test(this.#headers.get('content-type') ?? '')) {
      this.#failPart('a part that is multipart itself', byteOffset);
      return;
    }
    this.#emitHeaders(result.disposition.name);
    this.#part = new MultipartPart(result.disposition, this.#keepsFiles);
    this.#mode = 'data';
  }

  /**
   * Reads to the next line that begins with two dashes, or as far as `text` goes. Other lines are no delimiters: a
   * body of line breaks must not cost a look at each of them.
   */
  #readContent(text: string, at: number, base: number, final: boolean): number {
    const next = text.indexOf('\n--', at);
    const newline = next < 0 ? lastNewline(text, at) : next;
    const end = newline < 0 ? text.length : newline;
    const endsInReturn = end > at && text[end - 1] === '\r' && !(newline < 0 && final);
    const contentEnd = endsInReturn ? end - 1 : end;
    this.#addContent(text.slice(at, contentEnd), base + at);
    if (newline < 0) return contentEnd;
    this.#heldBreak = text.slice(contentEnd, newline + 1);
    this.#atLineStart = true;
    return newline + 1;
  }

  #addContent(content: string, byteOffset: number): void {
    if (content === '') return;
    const isArgument = this.#part?.isArgument === true;
    const room = this.#limits.requestBodyNoFilesBytesMax - this.#noFilesBytes;
    const taken = isArgument && content.length > room ? content.slice(0, room) : content;
    this.#refuseMisplaced(taken, byteOffset);
    this.#part?.add(taken);
    this.#news ||= this.#part === null || this.#part.isRead;
    if (!isArgument) {
      this.#countFile(taken.length, byteOffset);
      return;
    }
    this.#noFilesBytes += taken.length;
    if (taken.length < content.length) {
      const message = `more than ${this.#limits.requestBodyNoFilesBytesMax} bytes outside of files`;
      this.#fail('size', message, byteOffset + taken.length);
    }
  }

  #countFile(bytes: number, byteOffset: number): void {
    if (this.#part === null) return;
    const room = this.#filesBytesMax - this.#filesBytes;
    this.#filesBytes += bytes;
    if (bytes > room) {
      this.#fail('size', `more than ${this.#filesBytesMax} bytes of files`, byteOffset + room);
    }
  }

  /**
   * The delimiter where it does not count here, within a line or after the end: for parsers that end lines at a carriage
   * return, pass over blanks or do not ask for a line break, what follows is another part.
   */
  #refuseMisplaced(content: string, byteOffset: number): void {
    const end = this.#misplaced.read(content);
    if (end < 0) return;
    this.sink.multipartFlag('UNMATCHED_BOUNDARY');
    this.#fail('syntax', 'a boundary out of place', byteOffset + end);
  }

  /**
   * Parsers that end lines at LF see other lines than those that ask for CRLF: with both in one body, both find parts,
   * and other ones.
   */
  #noteLineEnd(lineEnd: string, byteOffset: number): void {
    if (lineEnd === '\n') {
      this.#sawLf = true;
      this.sink.multipartFlag('LF_LINE');
    } else this.#sawCrlf = true;
    if (!this.#sawCrlf || !this.#sawLf) return;
    this.sink.multipartFlag('CRLF_LF_LINES');
    this.#fail('syntax', 'lines that end in LF beside lines that end in CRLF', byteOffset);
  }

  #newHeaders(): PartHeaders {
    return new PartHeaders((flag) => this.sink.multipartFlag(flag));
  }

  #emitHeaders(part: string): void {
    for (const line of this.#headers.lines) this.sink.partHeader(part, line);
  }

  /** A part that cannot be named: its header lines are still shown to the rules. */
  #failPart(reason: string, byteOffset: number): void {
    this.#emitHeaders('');
    this.sink.multipartFlag('INVALID_PART');
    this.#fail('syntax', reason, byteOffset);
  }

  #fail(kind: BodyErrorKind, reason: string, byteOffset: number): void {
    this.sink.error(kind, `Multipart: ${reason} (byte ${byteOffset})`, byteOffset);
  }
}

export const createMultipartProcessor: CreateBodyProcessor = (sink, options) =>
  new MultipartProcessor(sink, options);
