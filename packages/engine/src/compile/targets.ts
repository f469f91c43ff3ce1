/** Targets of the tree to targets of a program: names that the engine does not have are refused here. */
import { parseXmlPath, resolveXmlPath, type XmlPath } from '../body/xml-path.ts';
import { asciiLower } from '../bytes.ts';
import { EngineError, type SourcePosition } from '../errors.ts';
import type { TargetNode } from '../language/ast.ts';
import { GEO_FIELDS } from '../operators/geo-lookup.ts';
import type { CompiledTarget } from '../rule-set/program.ts';
import { variableReader } from '../variables/readers.ts';

/** For a variable of the language that has no reader. */
export const OTHER_VARIABLES = 'Use a variable that docs/seclang.md lists as working.';

/** XPath that is asked of every document: all element text, all attribute values. */
const XPATHS = ['/*', '//@*'];

export interface SplitTargets {
  readonly targets: readonly CompiledTarget[];
  readonly exclusions: readonly CompiledTarget[];
}

export interface TargetContext {
  /** Of a rule about documents: REQUEST_BODY is the body, whatever takes it apart. */
  readonly whole?: boolean;
  /** What prefixes of XPath stand for in the rule. */
  readonly namespaces?: ReadonlyMap<string, string>;
}

const NO_NAMESPACES: ReadonlyMap<string, string> = new Map();

export function compileTargets(
  nodes: readonly TargetNode[],
  { whole = false, namespaces = NO_NAMESPACES }: TargetContext = {},
): SplitTargets {
  const targets = nodes.filter((node) => !node.exclude).map((node) => compileTarget(node, namespaces));
  return {
    targets: whole ? targets.map(wholeTarget) : targets,
    exclusions: nodes.filter((node) => node.exclude).map((node) => compileTarget(node)),
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

export function compileTarget(
  node: TargetNode,
  namespaces: ReadonlyMap<string, string> = NO_NAMESPACES,
): CompiledTarget {
  if (variableReader(node.variable) === undefined) {
    throw new EngineError(
      'SECLANG_UNSUPPORTED',
      { what: `variable ${node.variable}`, alternative: OTHER_VARIABLES },
      { position: node.position },
    );
  }
  checkPart(node.variable, node.selector?.kind === 'key' ? node.selector.key : null, node.position);
  const target = { variable: node.variable, selector: node.selector, count: node.count };
  if (!node.variable.endsWith('XML') || node.exclude) return target;
  const path = pathOf(node, namespaces);
  return path === null ? target : { ...target, path };
}

/** The path of an XML target; null for the two that every document is read for. */
function pathOf(
  { variable, selector, position }: TargetNode,
  namespaces: ReadonlyMap<string, string>,
): XmlPath | null {
  const xpath = selector?.kind === 'key' ? selector.key : '';
  if (XPATHS.includes(xpath)) return null;
  const path = parseXmlPath(xpath);
  if ('reason' in path || variable !== 'XML') {
    throw new EngineError(
      'SECLANG_UNSUPPORTED',
      {
        what: `${variable}:${xpath}`,
        alternative: `Use ${XPATHS.map((known) => `${variable}:${known}`).join(' or ')}.`,
      },
      { position },
    );
  }
  const resolved = resolveXmlPath(path, namespaces);
  if ('unknownPrefix' in resolved) {
    const reason = `the prefix ${resolved.unknownPrefix} is declared by no xmlns action of the rule`;
    throw new EngineError('SECLANG_BAD_ARGUMENT', { what: `XML:${xpath}`, reason }, { position });
  }
  return resolved;
}
