/**
 * pmFromFile (pmf): as pm, with one word a line of the file. A word may have blanks and is taken as it stands.
 *
 * Source: reference manual, "pmFromFile". A file without words matches nothing.
 */
import { AhoCorasick } from './aho-corasick.ts';
import { fileLines } from './file-lines.ts';
import type { OperatorDefinition } from './operator.ts';
import { matchWords } from './pm.ts';

const NAME = 'pmFromFile';

export const pmFromFile: OperatorDefinition = {
  name: NAME,
  aliases: ['pmf'],
  readsFile: 'lines',
  create(argument) {
    const words = new AhoCorasick(fileLines(NAME, argument));
    return { match: (value) => matchWords(words, value) };
  },
};
