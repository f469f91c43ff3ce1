/**
 * XML 1.0 as a stream: well-formedness, text and attribute values. Text is given once for each run between two tags:
 * references and CDATA are decoded, comments and instructions inside it do not split it (nor do they for a backend
 * that asks for an element's text). Runs of blanks only are left out. `xmlns` attributes are attributes like others.
 * Entities are never expanded, so documents that use their own are refused, and nothing is ever loaded; see xml-doctype.ts.
 */
import { GuardedSink } from './guarded-sink.ts';
import type { BodyErrorKind, BodyProcessorOptions, BodySink, CreateBodyProcessor } from './processor.ts';
import { StreamingProcessor } from './streaming-processor.ts';
import { XmlArguments } from './xml-arguments.ts';
import { XmlDoctype } from './xml-doctype.ts';
import { BYTE_ORDER_MARK_BYTES, opaqueEncoding, readByteOrderMark } from './xml-encoding.ts';
import { decodeReferences } from './xml-references.ts';
import { XmlSelection } from './xml-selection.ts';
import { FORBIDDEN_CHARACTER, parseXmlTag } from './xml-tag.ts';

type Mode = 'start' | 'text' | 'tag' | 'comment' | 'cdata' | 'instruction' | 'doctype';

const OPENERS = ['<!--', '<![CDATA[', '<!DOCTYPE'] as const;
const BLANK = /^[ \t\r\n]*$/;
/**
 * Text counts once for each element around it that rules select, and names of arguments repeat those around them; more
 * than this many times the limit is an attack.
 */
const SELECTION_BYTES_FACTOR = 4;
/** An instruction is only kept as far as it may be the XML declaration. */
const DECLARATION_BYTES_MAX = 1_024;

class XmlProcessor extends StreamingProcessor {
  readonly #depthMax: number;
  readonly #open: string[] = [];
  readonly #doctype: XmlDoctype;
  /** Null where no rule asks for more than all text and all attributes. */
  readonly #selection: XmlSelection | null;
  readonly #selectionBytesMax: number;
  readonly #arguments: XmlArguments | null;
  readonly #givesText: boolean;
  #mode: Mode = 'start';
  /** Text of the run so far, decoded; then what is not decoded yet, and the byte offset of its beginning. */
  #text = '';
  #raw = '';
  #rawOffset = 0;
  /** The inside of the tag or instruction being read, and the byte offset of its `<`. */
  #markup = '';
  #markupOffset = 0;
  #quote = '';
  /** Byte offset of the document's first byte after its byte order mark. */
  #documentOffset = 0;
  #hasDoctype = false;
  #hasRoot = false;

  constructor(sink: BodySink, options: BodyProcessorOptions) {
    super(new GuardedSink(sink, options.limits), options.limits.requestBodyNoFilesBytesMax);
    this.#depthMax = options.limits.bodyDepthMax;
    const { xmlPaths = [], limits } = options;
    this.#selectionBytesMax = limits.requestBodyNoFilesBytesMax * SELECTION_BYTES_FACTOR;
    this.#selection =
      xmlPaths.length === 0
        ? null
        : new XmlSelection(xmlPaths, (key, text, node) => this.sink.xmlNode(key, text, node));
    const { xmlArguments = 'Off' } = options;
    this.#givesText = xmlArguments !== 'OnlyArgs';
    this.#arguments =
      xmlArguments === 'Off'
        ? null
        : new XmlArguments((name, value) => this.sink.argument(name, value, this.#markupOffset));
    this.#doctype = new XmlDoctype({
      onText: (text) => {
        if (!BLANK.test(text)) this.sink.xmlText(text, '');
      },
      onAttribute: (value, custom) => {
        this.sink.xmlAttribute(value, '');
        if (custom) this.#failEntity(this.#markupOffset);
      },
    });
  }

  protected override read(text: string, base: number, final: boolean): number {
    let at = 0;
    while (at < text.length && !this.sink.failed) {
      const before = this.#mode;
      const next = this.#step(text, at, base, final);
      // Nothing read and still the same state: the rest is too short to tell.
      if (next === at && this.#mode === before) return at;
      at = next;
    }
    return at;
  }

  protected override finish(length: number): void {
    if (this.#mode !== 'text') this.#fail('the body ends inside of markup', length);
    this.#endRawText();
    this.#endTextRun();
    if (this.#open.length > 0) this.#fail(`${this.#open.length} elements are not closed`, length);
    if (!this.#hasRoot) this.#fail('there is no element', length);
  }

  #step(text: string, at: number, base: number, final: boolean): number {
    switch (this.#mode) {
      case 'start':
        return this.#readStart(text, final);
      case 'text':
        return this.#readText(text, at, base, final);
      case 'tag':
        return this.#readTag(text, at);
      case 'comment':
        return this.#readUntil(text, at, '-->', final, () => {});
      case 'cdata':
        return this.#readUntil(text, at, ']]>', final, (content) => this.#addCharacterData(content));
      case 'instruction':
        return this.#readUntil(text, at, '?>', final, (content) => this.#addInstruction(content));
      case 'doctype':
        return this.#readDoctype(text, at, base);
    }
  }

  #readStart(text: string, final: boolean): number {
    if (text.length < BYTE_ORDER_MARK_BYTES && !final) return 0;
    const mark = readByteOrderMark(text);
    if (mark === null) this.#fail('UTF-16 and UTF-32 are not inspected', 0);
    this.#documentOffset = mark ?? 0;
    this.#mode = 'text';
    return this.#documentOffset;
  }

  #readText(text: string, at: number, base: number, final: boolean): number {
    const found = text.indexOf('<', at);
    const end = found < 0 ? text.length : found;
    if (end > at) {
      if (this.#raw === '') this.#rawOffset = base + at;
      this.#raw += text.slice(at, end);
      return end;
    }
    return this.#openMarkup(text, at, base, final);
  }

  /** At a `<`. Returns `at` where more is needed to tell what it begins. */
  #openMarkup(text: string, at: number, base: number, final: boolean): number {
    const opener = text.slice(at, at + '<!DOCTYPE'.length);
    const known = OPENERS.find((candidate) => opener.startsWith(candidate));
    const undecided = opener === '<' || OPENERS.some((candidate) => candidate.startsWith(opener));
    if (known === undefined && undecided) {
      if (final) this.#fail('the body ends inside of markup', base + at);
      return at;
    }
    this.#endRawText();
    this.#markupOffset = base + at;
    if (known === '<!--') this.#mode = 'comment';
    else if (known === '<![CDATA[') this.#openCharacterData();
    else if (known === '<!DOCTYPE') this.#openDoctype();
    else if (opener[1] === '?') this.#mode = 'instruction';
    else {
      this.#endTextRun();
      this.#mode = 'tag';
      return at + 1;
    }
    return at + (known?.length ?? 2);
  }

  #openCharacterData(): void {
    this.#mode = 'cdata';
    if (this.#open.length === 0) this.#fail('CDATA outside of the root element', this.#markupOffset);
  }

  #openDoctype(): void {
    this.#mode = 'doctype';
    this.#endTextRun();
    if (this.#hasDoctype || this.#hasRoot) this.#fail('a DOCTYPE out of place', this.#markupOffset);
    this.#hasDoctype = true;
  }

  /** Reads content up to `terminator`; what may be its beginning is left for the next chunk. */
  #readUntil(text: string, at: number, terminator: string, final: boolean, add: (s: string) => void): number {
    const found = text.indexOf(terminator, at);
    if (found < 0) {
      const end = final ? text.length : Math.max(at, text.length - terminator.length + 1);
      add(text.slice(at, end));
      return end;
    }
    add(text.slice(at, found));
    if (this.#mode === 'instruction') this.#endInstruction();
    this.#mode = 'text';
    return found + terminator.length;
  }

  #addCharacterData(content: string): void {
    this.#text += content;
  }

  #addInstruction(content: string): void {
    if (this.#markup.length < DECLARATION_BYTES_MAX) this.#markup += content;
  }

  #endInstruction(): void {
    const instruction = this.#markup.slice(0, DECLARATION_BYTES_MAX);
    this.#markup = '';
    if (!/^xml(?:[ \t\r\n]|$)/i.test(instruction)) return;
    if (this.#markupOffset !== this.#documentOffset || instruction.length === DECLARATION_BYTES_MAX) {
      this.#fail('a misplaced or overlong XML declaration', this.#markupOffset);
      return;
    }
    const encoding = opaqueEncoding(instruction);
    if (encoding !== null) this.#fail(`the encoding ${encoding} is not inspected`, this.#markupOffset);
  }

  #readDoctype(text: string, at: number, base: number): number {
    const step = this.#doctype.read(text, at);
    if (step.kind === 'bad') this.#fail('a malformed DOCTYPE', base + step.next);
    if (step.kind === 'done') this.#mode = 'text';
    return step.next;
  }

  /** Reads to the `>` that is not inside of quotes. */
  #readTag(text: string, start: number): number {
    for (let at = start; at < text.length; at += 1) {
      const byte = text[at] as string;
      if (this.#quote !== '') {
        if (byte === this.#quote) this.#quote = '';
      } else if (byte === '"' || byte === "'") {
        this.#quote = byte;
      } else if (byte === '>') {
        this.#markup += text.slice(start, at);
        this.#mode = 'text';
        this.#endTag();
        return at + 1;
      }
    }
    this.#markup += text.slice(start);
    return text.length;
  }

  #endTag(): void {
    const tag = parseXmlTag(this.#markup);
    this.#markup = '';
    if (tag.kind === 'bad') {
      this.#fail(tag.reason, this.#markupOffset + 1 + tag.at);
      return;
    }
    if (tag.kind === 'close') {
      if (this.#open.pop() !== tag.name) this.#fail('an end tag that does not match', this.#markupOffset);
      this.#endElement();
      return;
    }
    if (this.#open.length === 0 && this.#hasRoot) {
      this.#fail('a second root element', this.#markupOffset);
      return;
    }
    if (this.#open.length === this.#depthMax) {
      this.#fail(`nested deeper than ${this.#depthMax}`, this.#markupOffset, 'depth');
      return;
    }
    this.#hasRoot = true;
    for (const { name, value } of tag.attributes) this.sink.xmlAttribute(value, name);
    if (tag.custom) this.#failEntity(this.#markupOffset);
    this.#selection?.open(tag.name, tag.attributes);
    this.#arguments?.open(tag.name);
    if (tag.selfClosing) this.#endElement();
    else this.#open.push(tag.name);
  }

  /** Decodes the text before some markup. */
  #endRawText(): void {
    const raw = this.#raw;
    this.#raw = '';
    const forbidden = FORBIDDEN_CHARACTER.exec(raw);
    if (forbidden !== null) {
      this.#fail('a character that XML forbids', this.#rawOffset + forbidden.index);
      return;
    }
    if (this.#open.length === 0) {
      if (!BLANK.test(raw)) this.#fail('text outside of the root element', this.#rawOffset);
      return;
    }
    const decoded = decodeReferences(raw);
    if (decoded.ok) {
      this.#text += decoded.value;
      if (decoded.custom) this.#failEntity(this.#rawOffset);
    } else {
      this.#fail('a malformed reference', this.#rawOffset + decoded.at);
    }
  }

  /** A tag ends the run of text. */
  #endTextRun(): void {
    const text = this.#text;
    this.#text = '';
    const isBlank = BLANK.test(text);
    if (!isBlank && this.#givesText) this.sink.xmlText(text, this.#open.at(-1) ?? '');
    this.#selection?.text(text, isBlank);
    this.#arguments?.text(text, isBlank);
  }

  #endElement(): void {
    this.#selection?.close();
    this.#arguments?.close();
    const bytes = (this.#selection?.bytes ?? 0) + (this.#arguments?.bytes ?? 0);
    if (bytes <= this.#selectionBytesMax) return;
    this.#fail(
      `what rules select takes more than ${this.#selectionBytesMax} bytes`,
      this.#markupOffset,
      'size',
    );
  }

  /**
   * An attack can be cut into entities and put together from references. Without a DOCTYPE there are no entities, and
   * the reference is text or an error to everybody.
   */
  #failEntity(byteOffset: number): void {
    if (!this.#hasDoctype) return;
    this.#endTextRun();
    this.#fail('a reference to an entity of the DOCTYPE', byteOffset);
  }

  #fail(reason: string, byteOffset: number, kind: BodyErrorKind = 'syntax'): void {
    this.sink.error(kind, `XML: ${reason} (byte ${byteOffset})`, byteOffset);
  }
}

export const createXmlProcessor: CreateBodyProcessor = (sink, options) => new XmlProcessor(sink, options);
