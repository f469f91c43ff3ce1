/** One rule text for the other engines out of the sources that Sluice reads, adapted where an engine refuses or lacks something. */
import { isAbsolute, join } from 'node:path';
import type { RuleSource } from '../../packages/cli/src/rules-test/stage-engine.ts';
import { bestFitByte } from '../../packages/engine/src/transformations/best-fit.ts';
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
      // Without a map it takes the low byte of each %uXXXX; Coraza has the map inside, and so has Sluice.
      .replace(/^/, `SecUnicodeMapFile ${UNICODE_MAP} 20127\n`)
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

const UNICODE_MAP = 'unicode.mapping';

/**
 * What the rule text of `peerRules` expects beside it. The map's format is ModSecurity's: a line with the code page,
 * then one with `unit:byte` in hexadecimal digits, for the units from 0x80 on that have an ASCII byte.
 */
export function peerFiles(name: PeerName): Readonly<Record<string, string>> {
  if (name !== 'modsecurity') return {};
  const pairs: string[] = [];
  for (let unit = 0x80; unit <= 0xffff; unit++) {
    const byte = bestFitByte(unit);
    if (byte === (unit & 0xff)) continue;
    pairs.push(`${unit.toString(16).padStart(4, '0')}:${byte.toString(16).padStart(2, '0')}`);
  }
  return { [UNICODE_MAP]: `20127 (US-ASCII)\n${pairs.join(' ')} \n` };
}
