/**
 * SecLang to a tree: sources in, directives with positions out, includes resolved. Total: whatever the text, the answer is
 * a document or an `EngineError` that shows the place. Linear in the text.
 *
 * const document = parseRules([{ path: 'site.conf', text: 'SecRuleEngine On' }]);
 */
import { createHash } from 'node:crypto';
import { asciiLower, toBytes } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import { LANGUAGE_LIMITS } from '../limits.ts';
import type { DirectiveNode, RuleDocument } from './ast.ts';
import { parseDirective, wordForms } from './directives.ts';
import { type FileReader, isGlob, type RuleSource } from './file-reader.ts';
import { type LogicalLine, logicalLines } from './lines.ts';
import { badArgument, type Place } from './place.ts';
import { readWords, type Word } from './words.ts';

export interface ParseOptions {
  /** Reads what `Include` names; without it, an Include is refused. */
  readonly readFile?: FileReader;
  /** Stops between two directives, by throwing its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Parses sources in their order.
 *
 * @throws EngineError SECLANG_… with position and source line, RULE_FILE_UNREADABLE for what an Include names
 */
export function parseRules(sources: readonly RuleSource[], options: ParseOptions = {}): RuleDocument {
  const parser = new DocumentParser(options);
  for (const source of sources) parser.addSource(source, null);
  return parser.document();
}

/**
 * Reads and parses files in their order; a glob pattern stands for the files it matches, sorted.
 *
 * @throws EngineError as `parseRules`, and RULE_FILE_UNREADABLE without position for the paths themselves
 */
export function parseFiles(
  paths: readonly string[],
  fileSystem: FileReader,
  options: Omit<ParseOptions, 'readFile'> = {},
): RuleDocument {
  const parser = new DocumentParser({ ...options, readFile: fileSystem });
  for (const path of paths) {
    for (const file of listFiles(fileSystem, path)) {
      parser.addSource({ path: file, text: fileSystem.read(file) }, null);
    }
  }
  return parser.document();
}

function listFiles(reader: FileReader, path: string): readonly string[] {
  if (!isGlob(path)) return [path];
  const files = reader.list(path);
  if (files.length === 0) throw new EngineError('RULE_FILE_UNREADABLE', { path, reason: 'no file matches' });
  return files;
}

class DocumentParser {
  readonly #reader: FileReader | null;
  readonly #signal: AbortSignal | undefined;
  readonly #directives: DirectiveNode[] = [];
  readonly #sources: { path: string; sha256: string }[] = [];
  readonly #warnings: RuleDocument['warnings'][number][] = [];
  /** Files that are open, outermost first. */
  readonly #open: string[] = [];

  constructor(options: ParseOptions) {
    this.#reader = options.readFile ?? null;
    this.#signal = options.signal;
  }

  document(): RuleDocument {
    return { directives: this.#directives, sources: this.#sources, warnings: this.#warnings };
  }

  /** @param include the place of the Include that named the source, or null */
  addSource(source: RuleSource, include: Place | null): void {
    this.#checkLimits(source, include);
    const sha256 = createHash('sha256').update(toBytes(source.text)).digest('hex');
    this.#sources.push({ path: source.path, sha256 });
    this.#open.push(source.path);
    for (const line of logicalLines(source.path, source.text)) {
      this.#signal?.throwIfAborted();
      this.#addLine(source.path, line);
    }
    this.#open.pop();
  }

  #checkLimits(source: RuleSource, include: Place | null): void {
    const { fileBytesMax, includeDepthMax, includedFilesMax } = LANGUAGE_LIMITS;
    const tooMany = this.#sources.length >= includedFilesMax;
    if (include !== null && this.#open.length > includeDepthMax) {
      throw badArgument(include, 'Include', `more than ${includeDepthMax} levels deep`);
    }
    if (source.text.length > fileBytesMax || tooMany) {
      const reason = tooMany
        ? `more than ${includedFilesMax} files`
        : `it has ${source.text.length} bytes, the limit is ${fileBytesMax}`;
      throw new EngineError('RULE_FILE_UNREADABLE', { path: source.path, reason }, include ?? {});
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
      this.#warnings.push({ position: name.position, message });
    });
    this.#directives.push(node);
  }

  #include(from: string, name: Word, words: readonly Word[], optional: boolean): void {
    const [word, surplus] = words;
    if (word === undefined || surplus !== undefined || word.value === '') {
      throw badArgument((surplus ?? name).place, name.value, 'takes one PATH, in quotes where it has blanks');
    }
    const { place } = word;
    for (const path of this.#listIncluded(from, word.value, place, optional)) {
      if (this.#open.includes(path)) {
        throw badArgument(place, 'Include', `${path} includes itself: ${[...this.#open, path].join(' → ')}`);
      }
      this.addSource(
        { path, text: atPlace(place, path, () => this.#readerAt(place, path).read(path)) },
        place,
      );
    }
  }

  #listIncluded(from: string, written: string, place: Place, optional: boolean): readonly string[] {
    const reader = this.#readerAt(place, written);
    return atPlace(place, written, () => {
      const path = reader.resolve(from, written);
      return optional && isGlob(path) ? reader.list(path) : listFiles(reader, path);
    });
  }

  #readerAt(place: Place, path: string): FileReader {
    if (this.#reader !== null) return this.#reader;
    throw new EngineError('RULE_FILE_UNREADABLE', { path, reason: 'files cannot be included here' }, place);
  }
}

/** Runs a reader's method; what it throws becomes an `EngineError` that shows the Include. */
function atPlace<T>(place: Place, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const options = { ...place, cause: error };
    if (error instanceof EngineError) throw new EngineError(error.code, error.details, options);
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('RULE_FILE_UNREADABLE', { path, reason }, options);
  }
}
