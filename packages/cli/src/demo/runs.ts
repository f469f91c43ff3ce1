/**
 * A folder for each run of the demo, so that two at once do not share a store, and a pointer to the latest. A run begins
 * with nothing and removes what former runs have left, unless it is to keep it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DemoError } from './errors.ts';
import { currentStorePath, demoDirectory } from './place.ts';

/** Events tell of attacks: they are their owner's alone. */
const OWNERS_ONLY = 0o700;
/** The 22nd field of /proc/PID/stat; the second may have blanks, in brackets. */
const START_TIME = 19;

export class Run {
  readonly path: string;
  readonly #variables: NodeJS.ProcessEnv;

  private constructor(path: string, variables: NodeJS.ProcessEnv) {
    this.path = path;
    this.#variables = variables;
  }

  /**
   * @param keeps whether it goes on with what the last one has stored
   * @throws DemoError DEMO_STATE
   */
  static begin(variables: NodeJS.ProcessEnv, keeps: boolean): Run {
    try {
      return new Run(makeFolder(variables, keeps), variables);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DemoError('DEMO_STATE', { path: demoDirectory(variables), reason }, error);
    }
  }

  join(name: string): string {
    return join(this.path, name);
  }

  /** From now on `sluice events` asks the store at this address. */
  announce(store: string): void {
    const path = currentStorePath(this.#variables);
    const record = { store, run: basename(this.path), at: new Date().toISOString() };
    writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    renameSync(`${path}.${process.pid}`, path);
  }
}

function makeFolder(variables: NodeJS.ProcessEnv, keeps: boolean): string {
  const runs = join(demoDirectory(variables), 'runs');
  mkdirSync(runs, { recursive: true, mode: OWNERS_ONLY });
  const path = join(runs, nameOf(process.pid) ?? String(process.pid));
  const former = readdirSync(runs).filter((name) => !isRunning(name));
  const last = keeps ? former.find((name) => name === lastRun(variables)) : undefined;
  if (last !== undefined) renameSync(join(runs, last), path);
  for (const name of former) {
    if (name !== last) rmSync(join(runs, name), { recursive: true, force: true });
  }
  mkdirSync(path, { recursive: true, mode: OWNERS_ONLY });
  return path;
}

/** A number of a process may be another's later; together with its start it is not. Null where it does not run. */
function nameOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${pid}-${fields[START_TIME] ?? ''}`;
  } catch {
    // Nothing of it can be read: it has ended.
    return null;
  }
}

const isRunning = (name: string): boolean => nameOf(Number.parseInt(name, 10)) === name;

/** Null where there is none, or where the pointer is damaged: then there is nothing to go on with. */
function lastRun(variables: NodeJS.ProcessEnv): string | null {
  const path = currentStorePath(variables);
  if (!existsSync(path)) return null;
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof record !== 'object' || record === null || !('run' in record)) return null;
    return typeof record.run === 'string' ? record.run : null;
  } catch {
    // Half a pointer is none; the run that begins writes it anew.
    return null;
  }
}
