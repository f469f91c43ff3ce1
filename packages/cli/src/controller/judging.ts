/** The judge of RuleSets, as the command runs it: what fails of it is told and tried again, and what is in force stays meanwhile. */
import { join } from 'node:path';
import { type Log, RuleSetJudge } from '@sluice/controller';
import { baseFiles } from '../serve/base-files.ts';
import { cacheDirectory } from '../setup/paths.ts';
import { UntilDone } from './again.ts';

/** Until what could not be judged is asked for again. */
const AGAIN_MILLIS = 10_000;

export interface JudgingOptions {
  /** Of the CRS; null for the one that Sluice brings. */
  readonly rules: string | null;
  readonly log: Log;
  /** Something is known, or worth asking again. */
  readonly onChange: () => void;
}

export class Judging {
  readonly judge: RuleSetJudge;
  readonly #options: JudgingOptions;
  readonly #starting: UntilDone;
  #timer: NodeJS.Timeout | null = null;

  /** @throws ServeError CRS_LAYOUT, SetupError SETUP_NOT_DONE */
  constructor(options: JudgingOptions) {
    const { rules, log, onChange } = options;
    this.#options = options;
    this.#starting = new UntilDone('the rules that RuleSets are judged on', log);
    this.judge = new RuleSetJudge({
      baseFiles: baseFiles({ crs: true, directory: rules }),
      cacheDirectory: join(cacheDirectory(), 'rules'),
      onVerdict: onChange,
      onFailure: (error) => this.#failed(error),
    });
  }

  /** Why nothing is judged; `''` where it is. */
  get problem(): string {
    return this.#starting.problem;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#starting.run(() => this.judge.start(), signal);
    // What was asked for before is not known to anybody.
    if (!signal.aborted) this.#options.onChange();
  }

  #failed(error: unknown): void {
    const { log, onChange } = this.#options;
    log.error({ error: String(error) }, 'a RuleSet could not be judged; what is in force stays');
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      onChange();
    }, AGAIN_MILLIS);
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.judge.end();
  }
}
