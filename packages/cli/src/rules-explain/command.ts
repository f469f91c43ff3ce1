/** `sluice rules explain`, as the command line calls it. */
import { join } from 'node:path';
import { Engine, makeRuleFiles, overlayFor, parseFiles } from '@sluice/engine';
import { styleFor } from '../inspect/render-value.ts';
import { baseFiles } from '../serve/base-files.ts';
import { EXIT } from '../setup/errors.ts';
import { cacheDirectory } from '../setup/paths.ts';
import { gatherFacts } from './facts.ts';
import { renderFacts } from './render.ts';
import { factsToJson } from './to-json.ts';

export interface RulesExplainFlags {
  /** False for --no-crs; absent for the CRS that Sluice brings. */
  readonly crs?: string | boolean;
  readonly rules?: readonly string[];
  readonly json?: true;
}

export interface RulesExplainEnvironment {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly variables: NodeJS.ProcessEnv;
}

/**
 * Prints what a rule does and how.
 *
 * @returns the exit code
 * @throws RulesExplainError UNKNOWN_RULE, and the coded errors of rules and set-up
 */
export function runRulesExplain(
  id: number,
  flags: RulesExplainFlags,
  { stdout, variables }: RulesExplainEnvironment,
): number {
  const own = flags.rules ?? [];
  const directory = typeof flags.crs === 'string' ? flags.crs : null;
  const base = baseFiles({ crs: flags.crs !== false, directory });
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const ruleSet = engine.ruleSet(
    engine.loadFiles(base),
    overlayFor({ name: 'explain', mode: null, after: own.length === 0 ? [] : [engine.loadFiles(own)] }),
  );
  const document = parseFiles([...base, ...own], makeRuleFiles());
  const facts = gatherFacts(ruleSet, document, id);
  stdout.write(
    flags.json
      ? `${JSON.stringify(factsToJson(facts), null, 2)}\n`
      : renderFacts(facts, styleFor(stdout, variables)),
  );
  return EXIT.ok;
}
