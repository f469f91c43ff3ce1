/** Targets of the tree to targets of a program: names that the engine does not have are refused here. */
import { asciiLower } from '../bytes.ts';
import { EngineError, type SourcePosition } from '../errors.ts';
import type { TargetNode } from '../language/ast.ts';
import { GEO_FIELDS } from '../operators/geo-lookup.ts';
import type { CompiledTarget } from '../rule-set/program.ts';
import { variableReader } from '../variables/readers.ts';

/** For a variable of the language that has no reader. */
export const OTHER_VARIABLES = 'Use a variable that docs/seclang.md lists as working.';

/** XPath that the engine evaluates: all element text, all attribute values. */
const XPATHS = ['/*', '//@*'];

export interface SplitTargets {
  readonly targets: readonly CompiledTarget[];
  readonly exclusions: readonly CompiledTarget[];
}

/** @param whole of a rule about documents: REQUEST_BODY is the body, whatever takes it apart */
export function compileTargets(
  nodes: readonly TargetNode[],
  { whole = false }: { readonly whole?: boolean } = {},
): SplitTargets {
  const targets = nodes.filter((node) => !node.exclude).map(compileTarget);
  return {
    targets: whole ? targets.map(wholeTarget) : targets,
    exclusions: nodes.filter((node) => node.exclude).map(compileTarget),
  };
}

const wholeTarget = (target: CompiledTarget): CompiledTarget =>
  target.variable === 'REQUEST_BODY' ? { ...target, whole: true } : target;

/** Collections whose parts are known beforehand: any other would be empty without a word. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  GEO: GEO_FIELDS,
  RULE: ['id', 'rev', 'ver', 'severity', 'msg', 'logdata'],
};

/** Refuses a part that a collection never has. */
export function checkPart(variable: string, key: string | null, position: SourcePosition): void {
  const parts = PARTS[variable];
  if (key === null || parts === undefined) return;
  if (parts.some((part) => asciiLower(part) === asciiLower(key))) return;
  throw new EngineError(
    'SECLANG_UNSUPPORTED',
    { what: `${variable}:${key}`, alternative: `Use one of ${parts.join(', ')}.` },
    { position },
  );
}

export function compileTarget(node: TargetNode): CompiledTarget {
  if (variableReader(node.variable) === undefined) {
    throw new EngineError(
      'SECLANG_UNSUPPORTED',
      { what: `variable ${node.variable}`, alternative: OTHER_VARIABLES },
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
  checkPart(node.variable, node.selector?.kind === 'key' ? node.selector.key : null, node.position);
  return { variable: node.variable, selector: node.selector, count: node.count };
}
