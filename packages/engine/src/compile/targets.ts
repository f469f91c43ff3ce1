/** Targets of the tree to targets of a program: names that the engine does not have are refused here. */
import { EngineError } from '../errors.ts';
import type { TargetNode } from '../language/ast.ts';
import type { CompiledTarget } from '../rule-set/program.ts';
import { variableReader } from '../variables/readers.ts';
import { alternativeTo } from '../variables/unsupported.ts';

/** XPath that the engine evaluates: all element text, all attribute values. */
const XPATHS = ['/*', '//@*'];

export interface SplitTargets {
  readonly targets: readonly CompiledTarget[];
  readonly exclusions: readonly CompiledTarget[];
}

export function compileTargets(nodes: readonly TargetNode[]): SplitTargets {
  return {
    targets: nodes.filter((node) => !node.exclude).map(compileTarget),
    exclusions: nodes.filter((node) => node.exclude).map(compileTarget),
  };
}

export function compileTarget(node: TargetNode): CompiledTarget {
  if (variableReader(node.variable) === undefined) {
    throw new EngineError(
      'SECLANG_UNSUPPORTED',
      { what: `variable ${node.variable}`, alternative: alternativeTo(node.variable) },
      { position: node.position },
    );
  }
  const xpath = node.selector?.kind === 'key' ? node.selector.key : null;
  if (node.variable === 'XML' && !node.exclude && (xpath === null || !XPATHS.includes(xpath))) {
    throw new EngineError(
      'SECLANG_UNSUPPORTED',
      { what: `XML:${xpath ?? ''}`, alternative: `Use ${XPATHS.map((path) => `XML:${path}`).join(' or ')}.` },
      { position: node.position },
    );
  }
  return { variable: node.variable, selector: node.selector, count: node.count };
}
