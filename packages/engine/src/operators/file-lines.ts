/** The lines that an operator with `readsFile` gets. */
import { badArgument } from './bad-argument.ts';
import type { OperatorArgument } from './operator.ts';

/** Throws SECLANG_BAD_ARGUMENT where no file was read: its name must be known before a request. */
export function fileLines(name: string, argument: OperatorArgument): readonly string[] {
  if (argument.lines === null) throw badArgument(name, `the file ${argument.text} was not read`);
  return argument.lines;
}
