/** Operators of the tree to operators of a program: checked by making one, data files read now. */
import { EngineError, type SourcePosition } from '../errors.ts';
import type { Macro, OperatorNode } from '../language/ast.ts';
import { type DataFileOptions, dataLines } from '../language/data-file.ts';
import { parseMacro } from '../language/macro.ts';
import { shown } from '../language/place.ts';
import { suggestion } from '../language/suggestion.ts';
import type { OperatorDefinition, OperatorEnvironment } from '../operators/operator.ts';
import { findOperator, findUnsupportedOperator, operatorNames } from '../operators/registry.ts';
import type { CompiledOperator, RuleProgram } from '../rule-set/program.ts';
import { atPosition, checkMacro } from './checks.ts';

/** Lines of the data files that an argument names, relative to the rule file. */
export type DataReader = (ruleFile: string, argument: string, options: DataFileOptions) => readonly string[];

export interface OperatorContext {
  readonly readData: DataReader;
  /** Texts of SecDataset by name. */
  readonly datasets: ReadonlyMap<string, string>;
  readonly environment: OperatorEnvironment;
}

export function compileOperator(node: OperatorNode, context: OperatorContext): CompiledOperator {
  const definition = findOperator(node.name);
  if (definition === undefined) throw unknownOperator(node);
  if (definition.name === 'rbl' && node.negated) throw negatedRbl(node);
  // Which database is asked is set for the policy, and not in the rule.
  const argument = definition.name === 'geoLookup' ? GEO_DATABASE : parseMacro(node.argument);
  const hasMacros = argument.some((part) => typeof part !== 'string');
  if (hasMacros) checkMacro(argument, node.argumentPosition);
  const lines = atPosition(node.argumentPosition, () => linesOf(definition, node, context));
  // Making the operator once proves its argument; the instance that serves requests is made when the set is linked.
  atPosition(node.argumentPosition, () =>
    definition.create({ text: node.argument, hasMacros, lines }, context.environment),
  );
  return { name: definition.name, negated: node.negated, text: node.argument, argument, hasMacros, lines };
}

function linesOf(
  { name, readsFile }: OperatorDefinition,
  { argument, position }: OperatorNode,
  { readData, datasets }: OperatorContext,
): readonly string[] | null {
  if (readsFile === undefined) return null;
  const trailingComments = name.startsWith('ipMatch');
  if (readsFile !== 'dataset') {
    return readData(position.file, argument, { trailingComments, whole: readsFile === 'whole' });
  }
  const text = datasets.get(argument);
  if (text === undefined) {
    const reason = `no SecDataset above is named ${shown(argument)}${suggestion(argument, datasets.keys())}`;
    throw new EngineError('SECLANG_BAD_ARGUMENT', { what: `@${name}`, reason });
  }
  return dataLines(text, { trailingComments });
}

const GEO_DATABASE: Macro = [{ variable: 'GEO_DATABASE', key: null }];

/** It would match every value, and deny everybody. */
const negatedRbl = (node: OperatorNode): EngineError =>
  new EngineError(
    'SECLANG_UNSUPPORTED',
    { what: 'operator !@rbl', alternative: 'Keep the list in a file and use !@ipMatchFromFile.' },
    { position: node.position },
  );

/** What is said, once, of operators of the program that can match nothing. */
export function operatorWarnings(
  operators: readonly OperatorNode[],
  hasGeoDatabase: boolean,
): RuleProgram['warnings'] {
  const warnings: { position: SourcePosition; message: string }[] = [];
  const rbl = operators.find(({ name }) => name === 'rbl');
  if (rbl !== undefined) {
    const message = '@rbl: no request waits for the DNS, so it never matches; use @ipMatchFromFile';
    warnings.push({ position: rbl.position, message });
  }
  const geo = operators.find(({ name }) => name === 'geoLookup');
  if (geo !== undefined && !hasGeoDatabase) {
    const message = '@geoLookup: without SecGeoLookupDb it never matches';
    warnings.push({ position: geo.position, message });
  }
  return warnings;
}

function unknownOperator(node: OperatorNode): EngineError {
  const unsupported = findUnsupportedOperator(node.name);
  if (unsupported !== undefined) {
    return new EngineError(
      'SECLANG_UNSUPPORTED',
      { what: `operator @${unsupported.name}`, alternative: unsupported.alternative },
      { position: node.position },
    );
  }
  return new EngineError(
    'SECLANG_UNKNOWN_OPERATOR',
    { name: node.name, suggestion: suggestion(node.name, operatorNames()) },
    { position: node.position },
  );
}
