/**
 * A document type declaration, read over. Nothing is loaded and no entity is expanded. But the literals of entity
 * declarations (their replacement texts and the addresses of external ones) are handed on as text, and defaults of
 * attributes as attributes: a rule must be able to see what a backend gets that does expand and complete.
 */
import { decodeReferences } from './xml-references.ts';

type Mode = 'outer' | 'outer-quote' | 'subset' | 'comment' | 'instruction' | 'declaration' | 'done';

const LITERAL = /"([^"]*)"|'([^']*)'/g;

/** `wait`: the rest of the text is too short to tell what begins there. */
export type DoctypeStep =
  | { readonly kind: 'read' | 'wait' | 'done'; readonly next: number }
  | { readonly kind: 'bad'; readonly next: number };

export interface DoctypeSink {
  /** A literal of an entity's declaration. */
  onText(text: string): void;
  /** A literal of a list of attributes: a default, which parsers add to elements. */
  onAttribute(value: string, custom: boolean): void;
}

export class XmlDoctype {
  readonly #sink: DoctypeSink;
  #mode: Mode = 'outer';
  #quote = '';
  #declaration = '';
  #hadSubset = false;

  constructor(sink: DoctypeSink) {
    this.#sink = sink;
  }

  /** Reads on from `at`, after `<!DOCTYPE`; `done` is after its `>`. */
  read(text: string, start: number): DoctypeStep {
    for (let at = start; at < text.length; ) {
      const next = this.#step(text, at);
      if (this.#mode === 'done') return { kind: 'done', next };
      if (next === at) return { kind: 'wait', next };
      if (next < 0) return { kind: 'bad', next: at };
      at = next;
    }
    return { kind: 'read', next: text.length };
  }

  #step(text: string, at: number): number {
    switch (this.#mode) {
      case 'outer':
        return this.#outer(text[at] as string, at);
      case 'outer-quote': {
        const close = text.indexOf(this.#quote, at);
        if (close < 0) return text.length;
        this.#quote = '';
        this.#mode = 'outer';
        return close + 1;
      }
      case 'subset':
        return this.#subset(text, at);
      case 'comment':
        return this.#skip(text, at, '-->');
      case 'instruction':
        return this.#skip(text, at, '?>');
      case 'declaration':
        return this.#readDeclaration(text, at);
      case 'done':
        return at;
    }
  }

  #outer(byte: string, at: number): number {
    if (byte === '"' || byte === "'") {
      this.#quote = byte;
      this.#mode = 'outer-quote';
    } else if (byte === '[') {
      if (this.#hadSubset) return -1;
      this.#hadSubset = true;
      this.#mode = 'subset';
    } else if (byte === '>') {
      this.#mode = 'done';
    } else if (byte === '<') {
      return -1;
    }
    return at + 1;
  }

  #subset(text: string, at: number): number {
    const byte = text[at];
    if (byte === ']') {
      this.#mode = 'outer';
      return at + 1;
    }
    if (byte !== '<') return at + 1;
    const opener = text.slice(at, at + 4);
    if (opener === '<!--') {
      this.#mode = 'comment';
      return at + 4;
    }
    if ('<!--'.startsWith(opener)) return at;
    if (opener.startsWith('<?')) {
      this.#mode = 'instruction';
      return at + 2;
    }
    // Conditional sections (<![) belong to external subsets only.
    if (!opener.startsWith('<!') || opener[2] === '[') return -1;
    this.#mode = 'declaration';
    return at + 2;
  }

  /** Reads over everything to `terminator`; what may be its beginning is left for the next chunk. */
  #skip(text: string, at: number, terminator: string): number {
    const end = text.indexOf(terminator, at);
    if (end < 0) return Math.max(at, text.length - terminator.length + 1);
    this.#mode = 'subset';
    return end + terminator.length;
  }

  #readDeclaration(text: string, start: number): number {
    for (let at = start; at < text.length; at += 1) {
      const byte = text[at] as string;
      if (this.#quote !== '') {
        if (byte === this.#quote) this.#quote = '';
      } else if (byte === '"' || byte === "'") {
        this.#quote = byte;
      } else if (byte === '>') {
        this.#declaration += text.slice(start, at);
        this.#endDeclaration();
        return at + 1;
      }
    }
    this.#declaration += text.slice(start);
    return text.length;
  }

  #endDeclaration(): void {
    const declaration = this.#declaration;
    this.#declaration = '';
    this.#mode = 'subset';
    const isEntity = declaration.startsWith('ENTITY');
    if (!isEntity && !declaration.startsWith('ATTLIST')) return;
    for (const [, double, single] of declaration.matchAll(LITERAL)) {
      const raw = double ?? single ?? '';
      const decoded = decodeReferences(raw);
      const text = decoded.ok ? decoded.value : raw;
      if (isEntity) this.#sink.onText(text);
      else this.#sink.onAttribute(text, decoded.ok && decoded.custom);
    }
  }
}
