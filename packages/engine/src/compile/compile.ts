/**
 * The tree of rule files to a program: chains put together, default actions merged in, every name checked. What the
 * engine does not implement fails here, with its place in the file, and never at a request.
 */
import { EngineError, type SourcePosition } from '../errors.ts';
import type { ActionRuleNode, DirectiveNode, RuleDocument, RuleNode } from '../language/ast.ts';
import type { OperatorEnvironment } from '../operators/operator.ts';
import type { CompiledLink, CompiledMarker, CompiledRule, Phase, RuleProgram } from '../rule-set/program.ts';
import { type GatheredActions, gatherActions } from './actions.ts';
import { type AmendmentList, amend, collectAmendment } from './amendments.ts';
import { checkPatterns, checkSelectors } from './checks.ts';
import { disruptionOf, PASS } from './disruption.ts';
import { applyLogFlags } from './log-flags.ts';
import { compileOperator, type DataReader, operatorWarnings } from './operator.ts';
import { compileSettings, settingWarnings } from './settings.ts';
import { compileTargets } from './targets.ts';

export interface CompileOptions {
  readonly environment: OperatorEnvironment;
  readonly readData: DataReader;
}

/** A rule while its chain is being put together. */
interface OpenRule {
  readonly head: GatheredActions;
  readonly links: CompiledLink[];
  readonly gathered: GatheredActions[];
  readonly position: SourcePosition;
}

interface Compilation {
  readonly options: CompileOptions;
  readonly items: (CompiledRule | CompiledMarker)[];
  readonly defaults: Map<Phase, GatheredActions>;
  readonly firstUse: Map<number, SourcePosition>;
  readonly amendments: AmendmentList;
  /** By name; one that is defined again holds for the rules below. */
  readonly datasets: Map<string, string>;
  readonly warnings: { readonly position: SourcePosition; readonly message: string }[];
  open: OpenRule | null;
}

const LOGGED = Object.freeze({ log: true, auditLog: true });

/** Compiles a document. Throws an EngineError with a position for anything that is not right. */
export function compileProgram(document: RuleDocument, options: CompileOptions): RuleProgram {
  const compilation: Compilation = {
    options,
    items: [],
    defaults: new Map(),
    firstUse: new Map(),
    amendments: [],
    datasets: new Map(),
    warnings: [...document.warnings],
    open: null,
  };
  for (const node of document.directives) compileDirective(compilation, node);
  if (compilation.open !== null) throw danglingChain(compilation.open);
  const amended = amend(compilation.items, compilation.amendments, (pattern) =>
    options.environment.compileRegex(pattern),
  );
  const settings = compileSettings(document.directives);
  const operators = document.directives.flatMap((node) => (node.kind === 'rule' ? [node.operator] : []));
  return Object.freeze({
    formatVersion: 1,
    items: Object.freeze(amended.items),
    settings,
    amendments: amended.amendments,
    sources: document.sources,
    warnings: [
      ...compilation.warnings,
      ...settingWarnings(document.directives),
      ...operatorWarnings(operators, typeof settings.geoDatabase === 'string'),
    ],
  });
}

function compileDirective(compilation: Compilation, node: DirectiveNode): void {
  if (compilation.open !== null && node.kind !== 'rule' && node.kind !== 'action') {
    throw danglingChain(compilation.open);
  }
  switch (node.kind) {
    case 'rule':
    case 'action':
      compileRule(compilation, node);
      return;
    case 'marker':
      compilation.items.push({ kind: 'marker', name: node.name });
      return;
    case 'defaultAction':
      compileDefault(compilation, gatherActions(node.actions), node.position);
      return;
    case 'removeRules':
    case 'updateTargets':
    case 'updateActions':
      collectAmendment(compilation.amendments, node);
      return;
    case 'setting':
      if (node.name === 'SecDataset') compilation.datasets.set(node.values[0] ?? '', node.values[1] ?? '');
      return;
  }
}

function compileDefault(compilation: Compilation, gathered: GatheredActions, position: SourcePosition): void {
  if (gathered.phase === null) {
    throw new EngineError(
      'SECLANG_BAD_ARGUMENT',
      { what: 'SecDefaultAction', reason: 'a phase is missing' },
      { position },
    );
  }
  if (gathered.disruptive === null || gathered.disruptive.name === 'block') {
    throw new EngineError(
      'SECLANG_BAD_ARGUMENT',
      { what: 'SecDefaultAction', reason: 'expected a disruptive action other than block' },
      { position },
    );
  }
  if (gathered.actions.length > 0 || gathered.capture || gathered.multiMatch) {
    throw new EngineError(
      'SECLANG_UNSUPPORTED',
      {
        what: 'SecDefaultAction with setvar, ctl, capture, multiMatch or an action on collections',
        alternative: 'Write these actions into the rules that need them.',
      },
      { position },
    );
  }
  compilation.defaults.set(gathered.phase, gathered);
}

function compileRule(compilation: Compilation, node: RuleNode | ActionRuleNode): void {
  const gathered = gatherActions(node.actions);
  const open = compilation.open;
  if (open === null) checkHead(compilation, gathered, node.position);
  else checkChained(gathered, node.position);
  const phase = (open?.head.phase ?? gathered.phase ?? 2) as Phase;
  const rule: OpenRule = open ?? { head: gathered, links: [], gathered: [], position: node.position };
  rule.links.push(compileLink(compilation, node, gathered, phase));
  rule.gathered.push(gathered);
  if (gathered.chain) {
    compilation.open = rule;
    return;
  }
  compilation.open = null;
  compilation.items.push(finishRule(compilation, rule, phase));
}

function checkHead(compilation: Compilation, gathered: GatheredActions, position: SourcePosition): void {
  if (gathered.id === null) throw new EngineError('SECLANG_MISSING_ID', {}, { position });
  const first = compilation.firstUse.get(gathered.id);
  if (first !== undefined) {
    const place = `${first.file}:${first.line}`;
    throw new EngineError('SECLANG_DUPLICATE_ID', { id: gathered.id, first: place }, { position });
  }
  compilation.firstUse.set(gathered.id, position);
}

/** What belongs to the head of a chain is refused in its links (ModSecurity reference manual, `chain`). */
function checkChained(gathered: GatheredActions, position: SourcePosition): void {
  const misplaced =
    (gathered.id !== null && 'id') ||
    (gathered.phase !== null && 'phase') ||
    gathered.disruptive?.name ||
    (gathered.skipAfter !== null && 'skipAfter') ||
    (gathered.skip !== 0 && 'skip');
  if (misplaced) {
    throw new EngineError(
      'SECLANG_BAD_CHAIN',
      { reason: `${misplaced} belongs to the first rule of a chain` },
      { position },
    );
  }
}

function compileLink(
  compilation: Compilation,
  node: RuleNode | ActionRuleNode,
  gathered: GatheredActions,
  phase: Phase,
): CompiledLink {
  const defaults = compilation.defaults.get(phase);
  const inherited = gathered.resetsTransformations ? [] : (defaults?.transformations ?? []);
  const shared = {
    transformations: [...inherited, ...gathered.transformations],
    multiMatch: gathered.multiMatch,
    capture: gathered.capture,
    actions: gathered.actions,
    position: node.position,
  };
  const { options } = compilation;
  const compileRegex = (pattern: string) => options.environment.compileRegex(pattern);
  checkPatterns(gathered.actions, node.position, compileRegex);
  if (node.kind === 'action') return { targets: [], exclusions: [], operator: null, ...shared };
  checkSelectors(node.targets, compileRegex);
  return {
    ...compileTargets(node.targets, {
      whole: node.operator.name === 'validateSchema',
      namespaces: gathered.namespaces,
    }),
    operator: compileOperator(node.operator, { ...options, datasets: compilation.datasets }),
    ...shared,
  };
}

function finishRule(compilation: Compilation, rule: OpenRule, phase: Phase): CompiledRule {
  const { head } = rule;
  const defaults = compilation.defaults.get(phase);
  const byDefault = defaults === undefined ? PASS : disruptionOf(defaults.disruptive, defaults.status, PASS);
  // In a chain, text may stand at any link; the head's counts first, then the last one given.
  const lastWith = <T>(pick: (gathered: GatheredActions) => T | null): T | null =>
    pick(head) ?? rule.gathered.map(pick).findLast((value) => value !== null) ?? null;
  return {
    kind: 'rule',
    id: head.id ?? 0,
    phase,
    links: rule.links,
    disruption: disruptionOf(head.disruptive, head.status ?? defaults?.status ?? null, byDefault),
    byDefault,
    skipAfter: head.skipAfter,
    skip: head.skip,
    ...applyLogFlags(LOGGED, [...(defaults?.logFlags ?? []), ...head.logFlags]),
    msg: lastWith((gathered) => gathered.msg),
    logdata: lastWith((gathered) => gathered.logdata),
    severity: lastWith((gathered) => gathered.severity),
    tags: [...(defaults?.tags ?? []), ...head.tags],
    ver: head.ver,
    rev: head.rev,
    maturity: head.maturity,
    position: rule.position,
  };
}

function danglingChain(open: OpenRule): EngineError {
  return new EngineError(
    'SECLANG_BAD_CHAIN',
    { reason: 'the chain has no next rule' },
    { position: open.position },
  );
}
