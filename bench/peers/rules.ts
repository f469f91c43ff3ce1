/** One rule text for the other engines out of the sources that Sluice reads, adapted where an engine refuses or lacks something. */
import { isAbsolute, join } from 'node:path';
import type { RuleSource } from '../../packages/cli/src/rules-test/stage-engine.ts';
import type { PeerName } from './build.ts';

/** The operators of the CRS that name a file, relative to the rules' own folder. */
const DATA_FILE = /(@(?:pmFromFile|pmf|ipMatchFromFile|ipMatchF) )([^"\s]+)/g;

/** Where an engine understands a directive otherwise, what makes it understand it as it is meant. */
const ADAPTATIONS: Readonly<Record<PeerName, (text: string) => string>> = {
  // A rule in a phase that has no SecDefaultAction does not log there, once any phase has one; the CRS sets 1 and 2.
  coraza: (text) => DEFAULT_ACTIONS + text,
  modsecurity: (text) =>
    text
      // Its lexer takes the next directive for the actions of a rule that has none, but for an empty line between.
      .replace(/(?<!\\)\n(?=[ \t]*Sec)/g, '\n\n')
      // It keeps the rule out of the error log too, where all other engines write it.
      .replace(/^\s*noauditlog,\\\n/gm, ''),
};

const DEFAULT_ACTIONS = [3, 4, 5]
  .map((phase) => `SecDefaultAction "phase:${phase},log,auditlog,pass"\n`)
  .join('');

export function peerRules(name: PeerName, sources: readonly RuleSource[]): string {
  const texts = sources.map(({ text, directory }) =>
    text.replace(DATA_FILE, (_, operator: string, file: string) =>
      isAbsolute(file) ? `${operator}${file}` : `${operator}${join(directory, file)}`,
    ),
  );
  return ADAPTATIONS[name](texts.join('\n'));
}
