/**
 * Judges RuleSets in the places where they will stand. Each place is judged once, in a process with limits on memory and time;
 * verdicts are kept by what they depend on.
 *
 *     const judge = new RuleSetJudge({ baseFiles, cacheDirectory, onVerdict: () => replan() });
 *     await judge.start();
 *     judge.of(candidate, place);        // for the planner: a verdict, or null until onVerdict is called
 *     await judge.judge(place);          // for admission
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from '../../canonical-json.ts';
import { ControllerError } from '../../errors.ts';
import { JUDGE_LIMITS } from '../limits.ts';
import type { Candidate, RulePlace, RuleSetVerdict, RuleSetVerdicts } from '../verdict.ts';
import type { BaseOptions } from './base.ts';
import { type Judged, type JudgeLimits, JudgingProcess } from './judging-process.ts';
import { type PlaceVerdicts, VerdictStore } from './verdict-store.ts';

export interface JudgeOptions extends BaseOptions {
  /** Called when a verdict is there that `of` did not have. */
  readonly onVerdict?: () => void;
  /** Where judging fails for a reason that is no RuleSet's. */
  readonly onFailure?: (error: unknown) => void;
  readonly limits?: Partial<JudgeLimits>;
}

interface Task {
  readonly digest: string;
  readonly run: () => Promise<void>;
}

export class RuleSetJudge implements RuleSetVerdicts {
  readonly #process: JudgingProcess;
  readonly #store: VerdictStore;
  readonly #options: JudgeOptions;
  readonly #limits: JudgeLimits;
  /** By digest, while they are judged. */
  readonly #underway = new Map<string, Promise<PlaceVerdicts>>();
  readonly #waiting: Task[] = [];
  #isBusy = false;
  #base: string | null = null;
  #ended = false;

  constructor(options: JudgeOptions) {
    const { baseFiles, cacheDirectory } = options;
    this.#options = options;
    this.#limits = { ...JUDGE_LIMITS, ...options.limits };
    this.#process = new JudgingProcess({ baseFiles, cacheDirectory }, this.#limits);
    this.#store = new VerdictStore(cacheDirectory === null ? null : join(cacheDirectory, 'verdicts'));
  }

  /**
   * Loads the base: milliseconds where it was compiled before, up to a minute where not.
   *
   * @throws ControllerError JUDGE_FAILED
   */
  async start(): Promise<void> {
    this.#base = await this.#process.ready();
  }

  end(): void {
    this.#ended = true;
    this.#process.end();
  }

  of(candidate: Candidate, place: RulePlace): RuleSetVerdict | null {
    if (this.#base === null) return null;
    const digest = this.#digestOf(place);
    const known = this.#store.find(digest);
    if (known !== null) return known.get(candidate.key) ?? null;
    if (!this.#underway.has(digest) && this.#underway.size < this.#limits.waitingMax) {
      this.#enqueue(place, false).then(
        () => this.#options.onVerdict?.(),
        (error: unknown) => this.#options.onFailure?.(error),
      );
    }
    return null;
  }

  /**
   * By the candidates' keys. Goes before all that `of` has asked for: somebody waits.
   *
   * @throws ControllerError JUDGE_FAILED before `start`, and where the base does not load; JUDGE_BUSY where too many places wait
   */
  async judge(place: RulePlace): Promise<PlaceVerdicts> {
    return this.#enqueue(place, true);
  }

  #enqueue(place: RulePlace, urgent: boolean): Promise<PlaceVerdicts> {
    if (this.#base === null)
      throw new ControllerError('JUDGE_FAILED', { reason: 'its process is not ready' });
    const digest = this.#digestOf(place);
    const known = this.#store.find(digest);
    if (known !== null) return Promise.resolve(known);
    const underway = this.#underway.get(digest);
    if (underway !== undefined) {
      const at = urgent ? this.#waiting.findIndex((task) => task.digest === digest) : -1;
      if (at >= 0) this.#waiting.unshift(...this.#waiting.splice(at, 1));
      return underway;
    }
    if (this.#underway.size >= this.#limits.waitingMax) {
      throw new ControllerError('JUDGE_BUSY', { count: this.#underway.size });
    }
    const { promise, resolve, reject } = Promise.withResolvers<PlaceVerdicts>();
    const run = (): Promise<void> => this.#judge(place).then(resolve, reject);
    if (urgent) this.#waiting.unshift({ digest, run });
    else this.#waiting.push({ digest, run });
    const saved = promise
      .then((verdicts) => {
        this.#store.save(digest, verdicts);
        return verdicts;
      })
      .finally(() => this.#underway.delete(digest));
    this.#underway.set(digest, saved);
    void this.#work();
    return saved;
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) await task.run();
    this.#isBusy = false;
  }

  async #judge(place: RulePlace): Promise<PlaceVerdicts> {
    if (this.#ended) throw new ControllerError('JUDGE_FAILED', { reason: 'the controller stops' });
    if (!this.#process.runs) this.#base = await this.#process.ready();
    const judged = await this.#process.judge(place);
    if (judged.kind === 'judged') return judged.verdicts;
    return place.candidates.length <= 1 ? lost(place, judged) : this.#judgeApart(place);
  }

  /** One of several has ended the process: which one is found by asking for each alone. */
  async #judgeApart(place: RulePlace): Promise<PlaceVerdicts> {
    const verdicts = new Map<string, RuleSetVerdict>();
    for (const candidate of place.candidates) {
      const alone = await this.#judge({ ...place, candidates: [candidate] });
      for (const [key, verdict] of alone) if (verdict.kind === 'refused') verdicts.set(key, verdict);
    }
    const others = place.candidates.filter(({ key }) => !verdicts.has(key));
    // Each is good alone, and together they are too much: nobody can tell which of them should go.
    if (others.length === place.candidates.length) return lost(place, { ruleId: null, reason: 'together' });
    for (const [key, verdict] of await this.#judge({ ...place, candidates: others }))
      verdicts.set(key, verdict);
    return verdicts;
  }

  #digestOf(place: RulePlace): string {
    return createHash('sha256')
      .update(`${this.#base} ${codeDigest()} ${canonicalJson(place)}`)
      .digest('hex');
  }
}

function lost(
  place: RulePlace,
  { ruleId, reason }: Omit<Extract<Judged, { kind: 'died' }>, 'kind'>,
): PlaceVerdicts {
  const rule = ruleId === null ? 'these rules' : `rule ${ruleId}`;
  return new Map(
    place.candidates.map(({ key }) => {
      const message =
        `${key} spec: ${rule} cannot be judged within the bounds of memory and time: ${reason}. ` +
        'Simplify its pattern: nested and large repeats cost most.';
      const problem = { reason: 'TooLarge', field: 'spec', line: null, column: null, message } as const;
      return [key, { kind: 'refused', reason: 'TooLarge', message, problems: [problem] }];
    }),
  );
}

let code: string | null = null;

/** What the code that judges is told by: what another version has said counts for nothing. */
function codeDigest(): string {
  if (code !== null) return code;
  const hash = createHash('sha256');
  const root = join(import.meta.dirname, '..');
  const engine = fileURLToPath(new URL('.', import.meta.resolve('@sluice/engine')));
  for (const folder of [root, engine]) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    for (const name of names.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  }
  code = hash.digest('hex');
  return code;
}
