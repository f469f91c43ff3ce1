/**
 * Rule files read to their end, whatever is wrong in them: a directive that cannot be parsed leaves a hole, and its error
 * is kept. What is right is parsed by the same code as in parseRules.
 */
import { createHash } from 'node:crypto';
import { asciiLower, toBytes } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import type { DirectiveNode, RuleDocument } from '../language/ast.ts';
import { parseDirective, wordForms } from '../language/directives.ts';
import { type FileReader, isGlob } from '../language/file-reader.ts';
import { type LogicalLine, logicalLines } from '../language/lines.ts';
import { badArgument, type Place } from '../language/place.ts';
import { readWords, type Word } from '../language/words.ts';
import { LANGUAGE_LIMITS } from '../limits.ts';

/** A directive, or the place of one that was refused. */
export type RecoveredItem =
  | { readonly kind: 'node'; readonly node: DirectiveNode }
  | { readonly kind: 'hole'; readonly chains: boolean };

export interface RecoveredFiles {
  readonly items: readonly RecoveredItem[];
  readonly errors: readonly EngineError[];
  readonly sources: RuleDocument['sources'];
  readonly warnings: RuleDocument['warnings'];
  /** Text of each file read, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Files that an Include named. */
  readonly included: ReadonlySet<string>;
}

/** Reads files in their order, includes resolved. Throws nothing for what the files hold. */
export function recoverFiles(paths: readonly string[], reader: FileReader): RecoveredFiles {
  const recovery = new Recovery(reader);
  for (const path of paths) recovery.addFile(path, null);
  return recovery;
}

/** An action `chain` in a directive that could not be taken apart. */
const CHAIN = /(?:^|[,"'\s])chain\s*(?:[,"']|$)/i;

class Recovery implements RecoveredFiles {
  readonly items: RecoveredItem[] = [];
  readonly errors: EngineError[] = [];
  readonly sources: { path: string; sha256: string }[] = [];
  readonly warnings: RuleDocument['warnings'][number][] = [];
  readonly texts = new Map<string, string>();
  readonly included = new Set<string>();
  readonly #reader: FileReader;
  readonly #open: string[] = [];

  constructor(reader: FileReader) {
    this.#reader = reader;
  }

  addFile(path: string, include: Place | null): void {
    this.#keep(() => {
      const { includeDepthMax, includedFilesMax } = LANGUAGE_LIMITS;
      if (this.#open.length > includeDepthMax || this.sources.length >= includedFilesMax) {
        const reason = `more than ${includedFilesMax} files, or ${includeDepthMax} levels deep`;
        throw new EngineError('RULE_FILE_UNREADABLE', { path, reason }, include ?? {});
      }
      this.#addText(path, readAt(this.#reader, path, include));
    });
  }

  #addText(path: string, text: string): void {
    this.texts.set(path, text);
    this.sources.push({ path, sha256: createHash('sha256').update(toBytes(text)).digest('hex') });
    this.#open.push(path);
    for (const line of this.#lines(path, text)) {
      if (this.#keep(() => this.#addLine(path, line))) continue;
      this.items.push({ kind: 'hole', chains: CHAIN.test(line.text) });
      this.#otherParts(line);
    }
    this.#open.pop();
  }

  /** All lines: a comment that swallows a directive is an error, and the directive is read as one. */
  #lines(path: string, text: string): readonly LogicalLine[] {
    try {
      return [...logicalLines(path, text)];
    } catch (error) {
      if (!(error instanceof EngineError) || error.position === undefined) throw error;
      this.errors.push(error);
      return this.#lines(path, withoutBackslashAbove(text, error.position.line));
    }
  }

  #addLine(file: string, line: LogicalLine): void {
    const [name, ...words] = readWords(line, wordForms(line.firstName()));
    if (name === undefined) return;
    const lower = asciiLower(name.value);
    if (lower === 'include' || lower === 'includeoptional') {
      this.#include(file, name, words, lower === 'includeoptional');
      return;
    }
    const node = parseDirective({ name, arguments: words }, (message) => {
      this.warnings.push({ position: name.position, message });
    });
    this.items.push({ kind: 'node', node });
  }

  /** The first error of a rule is known: those of its other parts are found with right ones in the place of the rest. */
  #otherParts(line: LogicalLine): void {
    const words = wordsOf(line);
    const [name, ...own] = words;
    if (name === undefined || asciiLower(name.value) !== 'secrule' || own.length !== RIGHT_PARTS.length)
      return;
    const known = new Set(this.errors.slice(-1).map(({ message }) => message));
    for (const [at, word] of own.entries()) {
      const mixed = RIGHT_PARTS.with(at, word);
      this.#keep(() => {
        try {
          parseDirective({ name, arguments: mixed }, () => undefined);
        } catch (error) {
          if (!(error instanceof EngineError) || known.has(error.message)) return;
          throw error;
        }
      });
    }
  }

  #include(from: string, name: Word, words: readonly Word[], optional: boolean): void {
    const [word, surplus] = words;
    if (word === undefined || surplus !== undefined || word.value === '') {
      throw badArgument((surplus ?? name).place, name.value, 'takes one PATH, in quotes where it has blanks');
    }
    const path = this.#reader.resolve(from, word.value);
    const files = isGlob(path) ? this.#reader.list(path) : [path];
    if (files.length === 0 && !optional) {
      throw new EngineError('RULE_FILE_UNREADABLE', { path, reason: 'no file matches' }, word.place);
    }
    for (const file of files) {
      if (this.#open.includes(file)) {
        throw badArgument(
          word.place,
          'Include',
          `${file} includes itself: ${[...this.#open, file].join(' → ')}`,
        );
      }
      this.included.add(file);
      this.addFile(file, word.place);
    }
  }

  /** Runs a step; an error of the files' own is kept, and the next step goes on. */
  #keep(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.errors.push(error);
      return false;
    }
  }
}

/** The words of a line; none where they cannot be told apart. */
function wordsOf(line: LogicalLine): readonly Word[] {
  try {
    return readWords(line, wordForms(line.firstName()));
  } catch (error) {
    if (error instanceof EngineError) return [];
    throw error;
  }
}

/** Targets, operator and actions of a rule that is right. */
const RIGHT_PARTS: readonly Word[] = [...logicalLines('', 'SecRule ARGS "@rx a" "id:1"')]
  .flatMap(wordsOf)
  .slice(1);

function readAt(reader: FileReader, path: string, include: Place | null): string {
  try {
    return reader.read(path);
  } catch (error) {
    if (!(error instanceof EngineError) || include === null) throw error;
    throw new EngineError(error.code, error.details, { ...include, cause: error });
  }
}

/** The text with the line above `line` no longer going on; every other character stays where it is. */
function withoutBackslashAbove(text: string, line: number): string {
  const lines = text.split('\n');
  const above = lines.slice(0, line - 1).findLastIndex((content) => content.includes('\\'));
  return lines.map((content, at) => (at === above ? content.replace(/\\(\s*)$/, ' $1') : content)).join('\n');
}
