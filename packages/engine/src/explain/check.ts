/** All that is wrong in rule files, not only the first: each rule is compiled by itself, then all that is right together. */
import { compileProgram } from '../compile/compile.ts';
import { EngineError } from '../errors.ts';
import { fold } from '../evaluate/fold.ts';
import type { DirectiveNode, RuleDocument } from '../language/ast.ts';
import { readDataFile } from '../language/data-file.ts';
import type { FileReader } from '../language/file-reader.ts';
import { parseFiles } from '../language/parse.ts';
import { withSourceLine } from '../language/place.ts';
import { makeRuleFiles } from '../language/rule-files.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { createEnvironment } from '../link/environment.ts';
import { Linker } from '../link/linker.ts';
import { overlayFor } from '../link/overlay.ts';
import type { RuleSet, RuleUnit } from '../link/rule-set.ts';
import { noPrefilter } from '../prefilter/prefilter.ts';
import type { CompiledRule, RuleProgram } from '../rule-set/program.ts';
import { type RecoveredFiles, type RecoveredItem, recoverFiles } from './recover.ts';

export interface RuleCheckOptions {
  /** Rule files that the checked ones stand on, such as the CRS. They must be right. */
  readonly base?: readonly string[];
  readonly files?: FileReader;
}

export interface RuleCheck {
  /** In the order of their files and lines; those of a missing file first. */
  readonly errors: readonly EngineError[];
  /** What could be parsed, in order. */
  readonly document: RuleDocument;
  /** What could be compiled. */
  readonly program: RuleProgram;
  /** Its rules as written: before removals and updates hold. */
  readonly rules: readonly CompiledRule[];
  /** The base's program; null where there is no base. */
  readonly base: RuleProgram | null;
  /** What could be linked, base included; without a prefilter. Null where even the rest does not fit together. */
  readonly ruleSet: RuleSet | null;
  /** Every file that was read, data files included. */
  readonly filesRead: ReadonlySet<string>;
  /** Text of each rule file, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Errors that come one by one, of rules that do not go together, are looked for this often. */
const ROUNDS_MAX = 100;

/** Directives that change what others say. */
const AMENDING: ReadonlySet<string> = new Set(['removeRules', 'updateTargets', 'updateActions']);

type Group = readonly DirectiveNode[];

/** Checks rule files. Of files that others include, only the include counts. Throws for faults of the base alone. */
export function checkRuleFiles(paths: readonly string[], options: RuleCheckOptions = {}): RuleCheck {
  const filesRead = new Set<string>();
  const reader = recording(options.files ?? makeRuleFiles(), filesRead);
  const { included } = recoverFiles(paths, reader);
  const recovered = recoverFiles(
    paths.filter((path) => !included.has(path)),
    reader,
  );
  return new Checker(recovered, reader).check(options.base ?? [], filesRead);
}

function recording(files: FileReader, filesRead: Set<string>): FileReader {
  return {
    read: (path) => {
      filesRead.add(path);
      return files.read(path);
    },
    list: (pattern) => files.list(pattern),
    resolve: (from, path) => files.resolve(from, path),
  };
}

/** A unit that is never run. What is linked is kept by prefilter, so each has its own. */
const unitOf = (program: RuleProgram): RuleUnit => ({
  program,
  prefilter: noPrefilter(),
});

class Checker {
  readonly #recovered: RecoveredFiles;
  readonly #reader: FileReader;
  readonly #environment = createEnvironment(DEFAULT_LIMITS);
  readonly #errors: EngineError[];

  constructor(recovered: RecoveredFiles, reader: FileReader) {
    this.#recovered = recovered;
    this.#reader = reader;
    this.#errors = [...recovered.errors];
  }

  check(basePaths: readonly string[], filesRead: ReadonlySet<string>): RuleCheck {
    const base = basePaths.length === 0 ? null : this.#compile(parseFiles(basePaths, this.#reader));
    const { groups, defaults } = this.#groups();
    const alone = groups.filter((group) => this.#fits(() => this.#alone(group, defaults)));
    const compiled = this.#together(alone, (kept) => this.#compileAll(kept));
    const linked = this.#together(compiled.kept, (kept) => this.#link(base, this.#compileAll(kept)));
    const { texts } = this.#recovered;
    return {
      errors: inOrder(this.#errors.map((error) => withSourceLine(error, (file) => texts.get(file)))),
      document: this.#document(groups.flat()),
      program: compiled.made ?? this.#compileAll([]),
      rules: this.#asWritten(compiled.kept),
      base,
      ruleSet: linked.made,
      filesRead,
      texts,
    };
  }

  /** Chains put together. Of a chain with a hole, the rest is left out: it would be taken for what it is not. */
  #groups(): { readonly groups: readonly Group[]; readonly defaults: ReadonlyMap<Group, Group> } {
    const groups: Group[] = [];
    const defaults = new Map<Group, Group>();
    const inForce: DirectiveNode[] = [];
    const { items } = this.#recovered;
    for (let at = 0; at < items.length; ) {
      const { nodes, next } = readGroup(items, at);
      at = next;
      if (nodes === null) continue;
      groups.push(nodes);
      defaults.set(nodes, [...inForce]);
      inForce.push(...nodes.filter((node) => node.kind === 'defaultAction'));
    }
    return { groups, defaults };
  }

  #alone(group: Group, defaults: ReadonlyMap<Group, Group>): void {
    const inForce = (defaults.get(group) ?? []).filter((node) => this.#isCompilable(node));
    this.#compile(this.#document([...inForce, ...group]));
  }

  /** A default action that is wrong is said once, at its own place. */
  #isCompilable(node: DirectiveNode): boolean {
    try {
      this.#compile(this.#document([node]));
      return true;
    } catch (error) {
      if (error instanceof EngineError) return false;
      throw error;
    }
  }

  #fits(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#errors.push(error);
      return false;
    }
  }

  /** Tries all groups; while one is refused, notes why and tries without it. */
  #together<T>(
    groups: readonly Group[],
    make: (kept: readonly Group[]) => T,
  ): { readonly made: T | null; readonly kept: readonly Group[] } {
    let kept = groups;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      try {
        return { made: make(kept), kept };
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        this.#errors.push(error);
        const rest = kept.filter((group) => !group.some((node) => isAt(node, error)));
        if (rest.length === kept.length) break;
        kept = rest;
      }
    }
    return { made: null, kept };
  }

  #asWritten(groups: readonly Group[]): readonly CompiledRule[] {
    const written = groups.filter((group) => !group.some(({ kind }) => AMENDING.has(kind)));
    return this.#compileAll(written).items.filter((item) => item.kind === 'rule');
  }

  #compileAll(groups: readonly Group[]): RuleProgram {
    return this.#compile(this.#document(groups.flat()));
  }

  #compile(document: RuleDocument): RuleProgram {
    return compileProgram(document, {
      environment: this.#environment,
      readData: (ruleFile, argument, options) => readDataFile(this.#reader, ruleFile, argument, options),
    });
  }

  #link(base: RuleProgram | null, program: RuleProgram): RuleSet {
    const unit = unitOf(program);
    const overlay = overlayFor({ name: 'check', mode: null, after: base === null ? [] : [unit] });
    return fold(new Linker(this.#environment).link(base === null ? unit : unitOf(base), overlay));
  }

  #document(directives: readonly DirectiveNode[]): RuleDocument {
    const { sources, warnings } = this.#recovered;
    return { directives, sources, warnings };
  }
}

const chains = (item: RecoveredItem): boolean =>
  item.kind === 'hole'
    ? item.chains
    : (item.node.kind === 'rule' || item.node.kind === 'action') &&
      item.node.actions.some(({ name }) => name === 'chain');

const isLink = (item: RecoveredItem | undefined): item is RecoveredItem =>
  item !== undefined && (item.kind === 'hole' || item.node.kind === 'rule' || item.node.kind === 'action');

/** The directive or the chain that begins at an index; null where a part of it is missing. */
function readGroup(
  items: readonly RecoveredItem[],
  at: number,
): { readonly nodes: Group | null; readonly next: number } {
  const members: RecoveredItem[] = [];
  let next = at;
  for (let goesOn = true; goesOn; ) {
    const item = items[next];
    if (item === undefined || (members.length > 0 && !isLink(item))) break;
    members.push(item);
    next++;
    goesOn = chains(item);
  }
  const nodes = members.flatMap((member) => (member.kind === 'node' ? [member.node] : []));
  return { nodes: nodes.length === members.length && nodes.length > 0 ? nodes : null, next };
}

/** Whether an error speaks of a directive: its position is the directive's own, or of one of its parts. */
function isAt(node: DirectiveNode, { position }: EngineError): boolean {
  if (position === undefined || node.position.file !== position.file) return false;
  return positionsOf(node).some((line) => line === position.line);
}

function positionsOf(node: DirectiveNode): readonly number[] {
  const lines = [node.position.line];
  if (node.kind === 'rule') {
    lines.push(node.operator.position.line, node.operator.argumentPosition.line);
    lines.push(...node.targets.map((target) => target.position.line));
  }
  if ('actions' in node) lines.push(...node.actions.map((action) => action.position.line));
  return lines;
}

/** By file in the order of first mention, then by line and column. */
function inOrder(errors: readonly EngineError[]): readonly EngineError[] {
  const files = [...new Set(errors.map((error) => error.position?.file ?? ''))];
  const place = ({ position }: EngineError): readonly [number, number, number] => [
    position === undefined ? -1 : files.indexOf(position.file),
    position?.line ?? 0,
    position?.column ?? 0,
  ];
  return [...errors].sort((a, b) => {
    const [left, right] = [place(a), place(b)];
    return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
  });
}
