/** One rule text for the other engines out of the sources that Sluice reads, adapted where an engine refuses or lacks something. */
import { isAbsolute, join } from 'node:path';
import type { RuleSource } from '../../packages/cli/src/rules-test/stage-engine.ts';
import type { PeerName } from './build.ts';

/** The operators of the CRS that name a file, relative to the rules' own folder. */
const DATA_FILE = /(@(?:pmFromFile|pmf|ipMatchFromFile|ipMatchF) )([^"\s]+)/g;

/** Where an engine understands a directive differently, what makes it understand ours. */
const ADAPTATIONS: Readonly<Record<PeerName, (text: string) => string>> = {
  coraza: (text) => text,
  // Its lexer takes the next directive for the actions of a rule that has none, unless an empty line is between them.
  modsecurity: (text) => text.replace(/(?<!\\)\n(?=[ \t]*Sec)/g, '\n\n'),
};

export function peerRules(name: PeerName, sources: readonly RuleSource[]): string {
  const texts = sources.map(({ text, directory }) =>
    text.replace(DATA_FILE, (_, operator: string, file: string) =>
      isAbsolute(file) ? `${operator}${file}` : `${operator}${join(directory, file)}`,
    ),
  );
  return ADAPTATIONS[name](texts.join('\n'));
}
