/** One judging process: begun when first needed, asked one thing at a time, ended when it is late, and begun anew after it died. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ControllerError, reasonOf } from '../../errors.ts';
import { JUDGE_LIMITS } from '../limits.ts';
import type { RulePlace, RuleSetVerdict } from '../verdict.ts';
import type { BaseOptions } from './base.ts';
import { type JudgeMessage, MESSAGES } from './messages.ts';

const PROGRAM = fileURLToPath(new URL('./process.ts', import.meta.url));

/** What Node takes of writable addresses before it runs a line. */
const NODE_BYTES = 629_145_600;

/** Holds for the process whatever becomes of its parent: memory in KiB, no core. */
const LIMITED = 'ulimit -c 0; ulimit -d "$1"; shift 1; exec "$@"';

export type JudgeLimits = { readonly [Name in keyof typeof JUDGE_LIMITS]: number };

/** How asking ended: answered, or ended by the process's death, with the rule that it was at. */
export type Judged =
  | { readonly kind: 'judged'; readonly verdicts: ReadonlyMap<string, RuleSetVerdict> }
  | { readonly kind: 'died'; readonly ruleId: number | null; readonly reason: string };

interface Waiting {
  readonly take: (message: JudgeMessage) => void;
  readonly lose: (reason: string) => void;
}

export class JudgingProcess {
  readonly #base: BaseOptions;
  readonly #limits: JudgeLimits;
  #child: ChildProcess | null = null;
  #waiting: Waiting | null = null;
  #places = 0;

  constructor(base: BaseOptions, limits: JudgeLimits = JUDGE_LIMITS) {
    this.#base = base;
    this.#limits = limits;
  }

  /**
   * Begins it, where it does not run, and waits for the base.
   *
   * @returns what the base is told by
   * @throws ControllerError JUDGE_FAILED where the base does not load
   */
  async ready(): Promise<string> {
    const { baseMillisMax, memoryBytesMax } = this.#limits;
    const kilobytes = String(Math.ceil((NODE_BYTES + memoryBytesMax) / 1_024));
    const program = [process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM];
    const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', kilobytes, ...program], {
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
      env: {},
      cwd: '/',
    });
    this.#child = child;
    this.#places = 0;
    this.#listen(child);
    const answer = await this.#ask(this.#base, baseMillisMax, () => undefined);
    if (answer.kind === 'ready') return answer.base;
    this.end();
    throw new ControllerError('JUDGE_FAILED', { reason: 'reason' in answer ? answer.reason : answer.kind });
  }

  get runs(): boolean {
    return this.#child !== null;
  }

  /** One at a time; `ready` before the first, and after one that died. */
  async judge(place: RulePlace): Promise<Judged> {
    const { placeMillisMax, placesMax } = this.#limits;
    let ruleId: number | null = null;
    const answer = await this.#ask({ place }, placeMillisMax, (id) => {
      ruleId = id ?? ruleId;
    });
    this.#places += 1;
    if (answer.kind === 'judged') {
      if (this.#places >= placesMax) this.end();
      return { kind: 'judged', verdicts: new Map(answer.verdicts) };
    }
    this.end();
    return { kind: 'died', ruleId, reason: 'reason' in answer ? answer.reason : answer.kind };
  }

  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  #ask(
    question: unknown,
    millisMax: number,
    onRule: (ruleId: number | null) => void,
  ): Promise<Exclude<JudgeMessage, { kind: 'rule' }>> {
    return new Promise((resolve) => {
      const finish = (message: Exclude<JudgeMessage, { kind: 'rule' }>): void => {
        clearTimeout(timer);
        this.#waiting = null;
        resolve(message);
      };
      const lose = (reason: string): void => finish({ kind: 'failed', reason });
      const timer = setTimeout(() => lose(`over ${millisMax} ms`), millisMax);
      this.#waiting = {
        lose,
        take: (message) => (message.kind === 'rule' ? onRule(message.ruleId) : finish(message)),
      };
      this.#child?.stdin?.write(`${JSON.stringify(question)}\n`);
    });
  }

  #listen(child: ChildProcess): void {
    const lose = (reason: string): void => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#waiting?.lose(reason);
    };
    child.once('error', (error) => lose(`it could not be started: ${error.message}`));
    child.once('close', (status, signal) => lose(`it ended with ${signal ?? `status ${status}`}`));
    // One that dies before it has read everything is seen by its end.
    child.stdin?.on('error', () => undefined);
    const pipe = child.stdio[MESSAGES] as Readable;
    let bytes = 0;
    pipe.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > this.#limits.answerBytesMax) lose('it says more than it may');
    });
    createInterface({ input: pipe }).on('line', (line) => {
      if (this.#child !== child) return;
      bytes = 0;
      try {
        this.#waiting?.take(JSON.parse(line) as JudgeMessage);
      } catch (error) {
        lose(`it said what is no answer: ${reasonOf(error)}`);
      }
    });
  }
}
