import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type Comment, type ParseResult, parseSync, Visitor } from 'oxc-parser';

/** Paths relative to the repository's root, with what is in them. */
export type Tree = ReadonlyMap<string, string>;

export interface Violation {
  readonly rule: string;
  readonly path: string;
  /** Counts from 1; 0 where the whole file is meant. */
  readonly line: number;
  readonly message: string;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** A TypeScript file, parsed once for all rules. */
export class Source {
  readonly path: string;
  readonly text: string;
  readonly #parsed: ParseResult;
  readonly #lineStarts: readonly number[];

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    this.#parsed = parseSync(path, text);
    this.#lineStarts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  }

  get program(): ParseResult['program'] {
    return this.#parsed.program;
  }

  get comments(): readonly Comment[] {
    return this.#parsed.comments;
  }

  get syntaxErrors(): readonly string[] {
    return this.#parsed.errors.map((error) => error.message);
  }

  get isTest(): boolean {
    return isTestPath(this.path);
  }

  /** The line of an offset, from 1. */
  lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** Whether a comment ends on the line of `offset` or on the one before. */
  hasCommentAt(offset: number): boolean {
    const line = this.lineOf(offset);
    return this.comments.some((comment) => {
      const end = this.lineOf(comment.end - 1);
      return end === line || end === line - 1;
    });
  }

  hasCommentWithin(start: number, end: number): boolean {
    return this.comments.some((comment) => comment.start >= start && comment.end <= end);
  }

  /** Static, type, re-exporting and dynamic imports with a constant specifier. */
  imports(): readonly Import[] {
    const found: Import[] = [];
    const { staticImports, staticExports, dynamicImports } = this.#parsed.module;
    for (const { moduleRequest, start } of staticImports) {
      found.push({ specifier: moduleRequest.value, line: this.lineOf(start) });
    }
    for (const { entries, start } of staticExports) {
      const specifier = entries[0]?.moduleRequest?.value;
      if (specifier !== undefined) found.push({ specifier, line: this.lineOf(start) });
    }
    for (const { moduleRequest, start } of dynamicImports) {
      const literal = this.text.slice(moduleRequest.start, moduleRequest.end);
      const specifier = /^['"`]([^'"`$]+)['"`]$/.exec(literal)?.[1];
      if (specifier !== undefined) found.push({ specifier, line: this.lineOf(start) });
    }
    return found;
  }

  /** Every constant string: workers and child processes are named by such ones. */
  strings(): readonly string[] {
    const found: string[] = [];
    new Visitor({
      Literal(node) {
        if (typeof node.value === 'string') found.push(node.value);
      },
    }).visit(this.program);
    return found;
  }
}

export function isTestPath(path: string): boolean {
  return /(?:^|\/)test\//.test(path) || path.endsWith('.test.ts');
}

export function parseTree(tree: Tree): readonly Source[] {
  return [...tree]
    .filter(([path]) => /\.[cm]?tsx?$/.test(path))
    .map(([path, text]) => new Source(path, text));
}

/** The path in the tree that a relative specifier of a file means. */
export function resolveRelative(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier));
}

/** The files that git tracks (all but what is built, where git cannot tell), text only. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  for (const path of listFiles(root)) {
    const full = join(root, path);
    // A file that is deleted but not yet committed as such is still listed.
    if (!existsSync(full) || !statSync(full).isFile()) continue;
    const bytes = readFileSync(full);
    if (!bytes.includes(0)) tree.set(path, bytes.toString('utf8'));
  }
  return tree;
}

function listFiles(root: string): readonly string[] {
  // The checkout may belong to another user (root in a container): git refuses to list it without being told.
  const listing = ['-c', 'safe.directory=*', 'ls-files', '-z'];
  const { status, stdout } = spawnSync('git', listing, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status === 0) return stdout.split('\0').filter((path) => path !== '');
  const ignored = new Set(['node_modules', 'build', 'coverage', '.vitest']);
  return globSync('**/*', { cwd: root, exclude: (name) => ignored.has(name) });
}
