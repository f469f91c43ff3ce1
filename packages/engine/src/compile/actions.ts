/** The actions of one SecRule, SecAction or SecDefaultAction, gathered from the tree into typed fields. */
import { EngineError } from '../errors.ts';
import type { ActionNode, Macro } from '../language/ast.ts';
import { parseCtl } from '../language/ctl.ts';
import { parseMacro } from '../language/macro.ts';
import { parseSetvar } from '../language/setvar.ts';
import { suggestion } from '../language/suggestion.ts';
import { parseXmlns } from '../language/xmlns.ts';
import type { CompiledAction, DisruptiveAction, LogFlag, Phase } from '../rule-set/program.ts';
import { findTransformation, transformationNames } from '../transformations/registry.ts';
import { checkAction, checkMacro } from './checks.ts';
import { compileRecordAction } from './record-actions.ts';

export interface GatheredActions {
  id: number | null;
  phase: Phase | null;
  disruptive: DisruptiveAction | null;
  status: number | null;
  transformations: string[];
  /** True where `t:none` stood in the list: nothing before it counts, the default action's included. */
  resetsTransformations: boolean;
  /** Flags in the order written, since `nolog,auditlog` and `auditlog,nolog` differ. */
  logFlags: LogFlag[];
  chain: boolean;
  capture: boolean;
  multiMatch: boolean;
  skipAfter: string | null;
  skip: number;
  msg: Macro | null;
  logdata: Macro | null;
  severity: number | null;
  tags: string[];
  ver: string | null;
  rev: string | null;
  maturity: number | null;
  actions: CompiledAction[];
  /** xmlns: prefixes of XPath. */
  namespaces: Map<string, string>;
}

const empty = (): GatheredActions => ({
  id: null,
  phase: null,
  disruptive: null,
  status: null,
  transformations: [],
  resetsTransformations: false,
  logFlags: [],
  chain: false,
  capture: false,
  multiMatch: false,
  skipAfter: null,
  skip: 0,
  msg: null,
  logdata: null,
  severity: null,
  tags: [],
  ver: null,
  rev: null,
  maturity: null,
  actions: [],
  namespaces: new Map(),
});

const SEVERITIES = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];
const PHASE_NAMES: Readonly<Record<string, Phase>> = { request: 2, response: 4, logging: 5 };

/** Gathers a list of actions; the last of two that exclude each other counts. */
export function gatherActions(nodes: readonly ActionNode[]): GatheredActions {
  const gathered = empty();
  for (const node of nodes) gather(gathered, node);
  return gathered;
}

function gather(into: GatheredActions, node: ActionNode): void {
  if (gatherMetadata(into, node) || gatherFlow(into, node)) return;
  switch (node.name) {
    case 'setvar':
      pushAction(into, { kind: 'setvar', setvar: parseSetvar(required(node), node.position) }, node);
      return;
    case 'ctl':
      pushAction(into, { kind: 'ctl', ctl: parseCtl(required(node), node.position) }, node);
      return;
    case 't':
      gatherTransformation(into, node);
      return;
    case 'xmlns':
      into.namespaces.set(...parseXmlns(required(node)));
      return;
    default:
      gatherOther(into, node);
  }
}

function gatherOther(into: GatheredActions, node: ActionNode): void {
  const action = compileRecordAction(node);
  if (action === null) {
    throw new EngineError(
      'SECLANG_UNSUPPORTED',
      { what: `action ${node.name}`, alternative: 'Rewrite the rule without it.' },
      { position: node.position },
    );
  }
  pushAction(into, action, node);
}

function pushAction(into: GatheredActions, action: CompiledAction, node: ActionNode): void {
  checkAction(action, node.position);
  into.actions.push(action);
}

function gatherMetadata(into: GatheredActions, node: ActionNode): boolean {
  switch (node.name) {
    case 'id':
      into.id = integer(node, 1, Number.MAX_SAFE_INTEGER);
      return true;
    case 'msg':
      into.msg = textOf(node);
      return true;
    case 'logdata':
      into.logdata = textOf(node);
      return true;
    case 'severity':
      into.severity = severity(node);
      return true;
    case 'tag':
      into.tags.push(required(node));
      return true;
    case 'ver':
      into.ver = required(node);
      return true;
    case 'rev':
      into.rev = required(node);
      return true;
    case 'maturity':
      into.maturity = integer(node, 0, 9);
      return true;
    case 'accuracy':
      integer(node, 0, 9);
      return true;
    default:
      return false;
  }
}

function gatherFlow(into: GatheredActions, node: ActionNode): boolean {
  switch (node.name) {
    case 'phase':
      into.phase = phase(node);
      return true;
    case 'pass':
    case 'block':
    case 'deny':
    case 'drop':
    case 'allow':
      into.disruptive = { name: node.name, argument: node.argument };
      return true;
    case 'redirect':
      into.disruptive = { name: node.name, argument: node.argument };
      textOf(node);
      return true;
    case 'status':
      into.status = integer(node, 100, 599);
      return true;
    case 'chain':
      into.chain = true;
      return true;
    case 'capture':
      into.capture = true;
      return true;
    case 'multiMatch':
      into.multiMatch = true;
      return true;
    case 'skipAfter':
      into.skipAfter = required(node);
      return true;
    case 'skip':
      into.skip = integer(node, 1, 1_000_000);
      return true;
    case 'log':
    case 'nolog':
    case 'auditlog':
    case 'noauditlog':
      into.logFlags.push(node.name);
      return true;
    default:
      return false;
  }
}

function gatherTransformation(into: GatheredActions, node: ActionNode): void {
  const name = required(node);
  if (name.toLowerCase() === 'none') {
    into.transformations = [];
    into.resetsTransformations = true;
    return;
  }
  const found = findTransformation(name);
  if (found === undefined) {
    throw new EngineError(
      'SECLANG_UNKNOWN_TRANSFORMATION',
      { name, suggestion: suggestion(name, transformationNames()) },
      { position: node.position },
    );
  }
  into.transformations.push(found.name);
}

function textOf(node: ActionNode): Macro {
  const macro = parseMacro(required(node));
  checkMacro(macro, node.position);
  return macro;
}

function required(node: ActionNode): string {
  if (node.argument === null) throw badArgument(node, 'an argument is missing');
  return node.argument;
}

function integer(node: ActionNode, min: number, max: number): number {
  const text = required(node).trim();
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw badArgument(node, `expected a whole number from ${min} to ${max}`);
  return value;
}

function severity(node: ActionNode): number {
  const text = required(node).toUpperCase();
  const index = SEVERITIES.indexOf(text);
  return index >= 0 ? index : integer(node, 0, 7);
}

function phase(node: ActionNode): Phase {
  const named = PHASE_NAMES[required(node).toLowerCase()];
  return named ?? (integer(node, 1, 5) as Phase);
}

function badArgument(node: ActionNode, reason: string): EngineError {
  return new EngineError('SECLANG_BAD_ARGUMENT', { what: node.name, reason }, { position: node.position });
}
