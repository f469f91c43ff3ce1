/** Operators of the tree to operators of a program: checked by making one, data files read now. */
import { EngineError } from '../errors.ts';
import type { OperatorNode } from '../language/ast.ts';
import type { DataFileOptions } from '../language/data-file.ts';
import { parseMacro } from '../language/macro.ts';
import { suggestion } from '../language/suggestion.ts';
import type { OperatorEnvironment } from '../operators/operator.ts';
import { findOperator, findUnsupportedOperator, operatorNames } from '../operators/registry.ts';
import type { CompiledOperator } from '../rule-set/program.ts';
import { atPosition, checkMacro } from './checks.ts';

/** Lines of the data files that an argument names, relative to the rule file. */
export type DataReader = (ruleFile: string, argument: string, options: DataFileOptions) => readonly string[];

export function compileOperator(
  node: OperatorNode,
  readData: DataReader,
  environment: OperatorEnvironment,
): CompiledOperator {
  const definition = findOperator(node.name);
  if (definition === undefined) throw unknownOperator(node);
  const argument = parseMacro(node.argument);
  const hasMacros = argument.some((part) => typeof part !== 'string');
  if (hasMacros) checkMacro(argument, node.argumentPosition);
  const lines = definition.readsFile
    ? atPosition(node.argumentPosition, () =>
        readData(node.position.file, node.argument, {
          trailingComments: definition.name.startsWith('ipMatch'),
        }),
      )
    : null;
  // Making the operator once proves its argument; the instance that serves requests is made when the set is linked.
  atPosition(node.argumentPosition, () =>
    definition.create({ text: node.argument, hasMacros, lines }, environment),
  );
  return { name: definition.name, negated: node.negated, text: node.argument, argument, hasMacros, lines };
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
