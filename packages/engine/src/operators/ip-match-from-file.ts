/**
 * ipMatchFromFile (ipMatchF): as ipMatch, with one address or network a line of the file. Captures nothing.
 *
 * Source: reference manual, "ipMatchFromFile".
 */
import { fileLines } from './file-lines.ts';
import { addressSet } from './ip-match.ts';
import { NO_CAPTURES, type OperatorDefinition } from './operator.ts';

const NAME = 'ipMatchFromFile';

export const ipMatchFromFile: OperatorDefinition = {
  name: NAME,
  aliases: ['ipMatchF'],
  readsFile: 'lines',
  create(argument) {
    const addresses = addressSet(NAME, fileLines(NAME, argument));
    return { match: (value) => (addresses.has(value) ? NO_CAPTURES : null) };
  },
};
