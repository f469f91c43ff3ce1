/** application/x-www-form-urlencoded: one argument for each segment between two separators, as it completes. */
import { decodePair } from '../attributes/query.ts';
import { GuardedSink } from './guarded-sink.ts';
import type { BodyProcessor, BodyProcessorOptions, BodySink, UnfinishedSink } from './processor.ts';
import { StreamingProcessor } from './streaming-processor.ts';

/** An escape that the end of what is known cuts off. */
const CUT_ESCAPE = /%[0-9A-Fa-f]?$/;

class UrlencodedProcessor extends StreamingProcessor {
  readonly #separator: string;
  /** What is known of the segment that has not ended yet. */
  #segment = '';

  constructor(sink: GuardedSink, bytesMax: number, separator: string) {
    super(sink, bytesMax);
    this.#separator = separator;
  }

  protected override read(text: string, base: number): number {
    let start = 0;
    while (!this.sink.failed) {
      const end = text.indexOf(this.#separator, start);
      if (end < 0) break;
      this.#emit(this.#segment + text.slice(start, end), base + end);
      this.#segment = '';
      start = end + 1;
    }
    this.#segment += text.slice(start);
    return text.length;
  }

  override tellUnfinished(sink: UnfinishedSink): void {
    // Before the equals sign it is not known whether this is a name.
    if (this.sink.failed || !this.#segment.includes('=')) return;
    const pair = decodePair(this.#segment.replace(CUT_ESCAPE, ''));
    if (pair !== null) sink.unfinishedArgument(pair.name, pair.value);
  }

  protected override finish(length: number): void {
    this.#emit(this.#segment, length);
  }

  #emit(segment: string, byteOffset: number): void {
    const pair = decodePair(segment);
    if (pair === null) return;
    if (pair.invalid) this.sink.urlencodedError();
    this.sink.argument(pair.name, pair.value, byteOffset);
  }
}

export const createUrlencodedProcessor = (sink: BodySink, options: BodyProcessorOptions): BodyProcessor =>
  new UrlencodedProcessor(
    new GuardedSink(sink, options.limits),
    options.limits.requestBodyNoFilesBytesMax,
    options.argumentSeparator ?? '&',
  );
