/** `sluice serve` as benchmarks run it: what else than its verdicts would be measured is turned off. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { SITE_RULES } from '../engine/rules.ts';

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

/** Others have no deadline, and one that passed on a busy machine would look like another verdict. */
export const VERDICT_MILLIS_MAX = 240_000;

export interface ServeChoice {
  /** Names its files. */
  readonly name: string;
  /** Where it listens; of several processes each puts its number before the extension. */
  readonly socket: string;
  readonly directory: TemporaryDirectory;
  /** Of the policy `default`, beside its mode (Block) and the rules of the site. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** Beside that no verdict is late. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly processes?: number;
  /** Where its events go; without it, to standard output. */
  readonly events?: Readonly<Record<string, unknown>>;
}

/** Writes its configuration. The program and its arguments. */
export function serveCommand(choice: ServeChoice): readonly string[] {
  const { name, socket, directory, policy = {}, limits = {}, processes = 1, events } = choice;
  const rules = directory.join(`${name}.conf`);
  writeFileSync(rules, SITE_RULES);
  const configuration = directory.join(`${name}.yaml`);
  const settings = {
    listen: [`unix:${socket}`],
    admin: false,
    limits: { verdictMillisMax: VERDICT_MILLIS_MAX, callMillisMax: VERDICT_MILLIS_MAX, ...limits },
    // A spool is looked at when its server has ended, which is to take no longer than its last events.
    ...(events === undefined ? {} : { events, drain: { noticeMillis: 0, waitMillis: 1_000 } }),
    policies: { default: { mode: 'Block', ruleFiles: { before: [rules] }, ...policy } },
  };
  // JSON is YAML.
  writeFileSync(configuration, JSON.stringify(settings));
  const several = processes > 1 ? ['--processes', String(processes)] : [];
  return [process.execPath, MAIN, 'serve', '-c', configuration, ...several];
}

/** Where its processes listen: packages/cli/src/serve/processes.ts says how they are numbered. */
export const socketsOf = ({ socket, processes = 1 }: ServeChoice): readonly string[] =>
  processes === 1
    ? [socket]
    : Array.from({ length: processes }, (_, index) => socket.replace(/(\.[^./]*)?$/, `-${index}$1`));
