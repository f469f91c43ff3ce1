/**
 * What every processor writes to. It keeps the two promises of BodySink that no parser should have to think of: an
 * error comes at most once and nothing follows it, and the arguments are counted against their limit.
 */
import type { Limits } from '../limits.ts';
import type { BodyErrorKind, BodySink, MultipartFlag } from './processor.ts';
import type { XmlNode } from './xml-selection.ts';

export class GuardedSink {
  readonly #sink: BodySink;
  readonly #argumentsMax: number;
  /** Null until there is one: other bodies than multipart have none. */
  #flags: Set<MultipartFlag> | null = null;
  #arguments = 0;
  #urlencodedError = false;
  #failed = false;

  constructor(sink: BodySink, limits: Limits) {
    this.#sink = sink;
    this.#argumentsMax = limits.argumentsMax;
  }

  /** Whether error() was called: a parser stops as soon as this is true. */
  get failed(): boolean {
    return this.#failed;
  }

  /** One argument; `byteOffset` is where it ends, for the error if it is one too many. */
  argument(name: string, value: string, byteOffset: number): void {
    if (this.#failed) return;
    if (this.#arguments === this.#argumentsMax) {
      this.error('arguments', `more than ${this.#argumentsMax} arguments`, byteOffset);
      return;
    }
    this.#arguments += 1;
    this.#sink.argument(name, value);
  }

  file(field: string, fileName: string, sizeBytes: number, content: string | null): void {
    if (!this.#failed) this.#sink.file(field, fileName, sizeBytes, content);
  }

  partHeader(part: string, line: string): void {
    if (!this.#failed) this.#sink.partHeader(part, line);
  }

  xmlText(text: string, element: string): void {
    if (!this.#failed) this.#sink.xmlText(text, element);
  }

  xmlAttribute(value: string, name: string): void {
    if (!this.#failed) this.#sink.xmlAttribute(value, name);
  }

  xmlNode(pathKey: string, pathText: string, node: XmlNode): void {
    if (!this.#failed) this.#sink.xmlNode(pathKey, pathText, node);
  }

  /** Reports each flag once. */
  multipartFlag(flag: MultipartFlag): void {
    if (this.#failed || this.hasFlag(flag)) return;
    this.#flags ??= new Set();
    this.#flags.add(flag);
    this.#sink.multipartFlag(flag);
  }

  hasFlag(flag: MultipartFlag): boolean {
    return this.#flags?.has(flag) === true;
  }

  /** Reports once. */
  urlencodedError(): void {
    if (this.#failed || this.#urlencodedError) return;
    this.#urlencodedError = true;
    this.#sink.urlencodedError();
  }

  error(kind: BodyErrorKind, message: string, byteOffset: number): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#sink.error(kind, message, byteOffset);
  }
}
