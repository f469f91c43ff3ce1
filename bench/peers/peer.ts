/**
 * Another engine in a process of its own, asked one request at a time.
 *
 *   const peer = await openPeer('modsecurity', ruleText);
 *   const { ruleIds } = await peer.inspect(request);
 *   await peer.close();
 *
 * The protocol is a line of JSON each way; the program says `{"ready":true}` once it has read its rules. Strings are
 * latin1 (one character a byte), bodies are base64, names and order of the fields are those of the types below.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPeer, type PeerName } from './build.ts';
import { PeerError, type PeerErrorCode } from './errors.ts';

export interface PeerMessage {
  /** "HTTP/1.1". */
  readonly protocol: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export interface PeerRequest extends PeerMessage {
  readonly method: string;
  /** The request target as it was sent. */
  readonly uri: string;
  /** Without it only the request's phases and the logging are evaluated. */
  readonly response?: PeerMessage & { readonly status: number };
}

export interface PeerAnswer {
  /** Of the rules that matched and log, in order; a rule that logs twice is in it twice. */
  readonly ruleIds: readonly number[];
  /** `ruleId` is null where the engine does not tell. */
  readonly interruption: {
    readonly ruleId: number | null;
    readonly action: string;
    readonly status: number;
  } | null;
  /** The CRS's sums: blocking_ and detection_, inbound_ and outbound_, anomaly_score. */
  readonly scores: Readonly<Record<string, string>>;
  /** Of the evaluation alone, without reading the request and writing the answer. */
  readonly nanoseconds: number;
  /** Set where the engine failed on this request. */
  readonly error?: string;
}

export interface Peer {
  readonly name: PeerName;
  /** Any number may be asked for at once: they are answered in their order. Throws PeerError PEER_FAILED. */
  inspect(request: PeerRequest): Promise<PeerAnswer>;
  close(): Promise<void>;
}

export interface PeerOptions {
  /** Coraza's SecRxPreFilter; of no meaning to others. */
  readonly rxPrefilter?: boolean;
  /** How long an answer may take; a minute where it is absent. */
  readonly answerMillisMax?: number;
  /** Texts by name, put beside the rules, which name them without a folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Reading the CRS takes seconds; on a busy machine, many. */
const START_MILLIS_MAX = 120_000;
const ANSWER_MILLIS_MAX = 60_000;
const LAST_LOOK_MILLIS = 1_000;
const LINE_CHARACTERS_MAX = 1_000_000;
const STDERR_CHARACTERS_KEPT = 4_000;
/** Asked for and not answered; more wait on this side, so that no pipe holds much. */
const IN_FLIGHT_MAX = 16;

interface Question {
  readonly line: string;
  readonly resolve: (answer: PeerAnswer) => void;
  readonly reject: (error: PeerError) => void;
}

class ProcessPeer implements Peer {
  readonly name: PeerName;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #asked: Question[] = [];
  readonly #waiting: Question[] = [];
  readonly #closed: Promise<void>;
  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };
  readonly #answerMillisMax: number;
  #ready = false;
  #failure: PeerError | null = null;
  #input = '';
  #stderr = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(
    name: PeerName,
    program: string,
    argv: readonly string[],
    started: Question,
    answerMillisMax: number,
  ) {
    this.name = name;
    this.#answerMillisMax = answerMillisMax;
    this.#child = spawn(program, argv, { stdio: 'pipe' });
    this.#asked.push(started);
    process.once('exit', this.#kill);
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS_KEPT);
    });
    // A program that no longer reads is about to end, and its end tells more than the broken pipe.
    this.#child.stdin.on('error', () => this.#watch());
    this.#child.once('error', (error) => this.#fail(error.message));
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', (status, signal) => {
        process.off('exit', this.#kill);
        this.#fail(`it ended with ${signal ?? `status ${status}`}`);
        resolve();
      });
    });
    this.#watch();
  }

  inspect(request: PeerRequest): Promise<PeerAnswer> {
    const line = `${JSON.stringify(wireForm(request))}\n`;
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) reject(this.#failure);
      else this.#waiting.push({ line, resolve, reject });
      this.#ask();
    });
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    const impatience = setTimeout(this.#kill, 2_000);
    await this.#closed;
    clearTimeout(impatience);
  }

  #ask(): void {
    while (this.#ready && this.#asked.length < IN_FLIGHT_MAX) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#asked.push(next);
      this.#child.stdin.write(next.line);
    }
    this.#watch();
  }

  /** One timer for the answer that is due next. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#asked.length === 0) return;
    const limit = this.#ready ? this.#answerMillisMax : START_MILLIS_MAX;
    // Where this process itself was busy for so long (Sluice compiles rules), the answer may be there and wait to be read.
    const look = () => setTimeout(() => this.#fail(`no answer in ${limit / 1000} s`), LAST_LOOK_MILLIS);
    this.#timer = setTimeout(() => {
      this.#timer = look();
    }, limit);
  }

  #read(text: string): void {
    const lines = (this.#input + text).split('\n');
    this.#input = lines.pop() ?? '';
    if (this.#input.length > LINE_CHARACTERS_MAX) this.#fail('its answer has no end');
    for (const line of lines) this.#answer(line);
    this.#ask();
  }

  #answer(line: string): void {
    const question = this.#asked.shift();
    if (question === undefined) {
      this.#fail('it answers what nobody asked');
      return;
    }
    try {
      const answer: unknown = JSON.parse(line);
      this.#ready = true;
      question.resolve(answer as PeerAnswer);
    } catch (error) {
      this.#asked.unshift(question);
      this.#fail(`its answer is not JSON: ${String(error)}`);
    }
  }

  /** Everything asked for is refused with the first reason. */
  #fail(reason: string): void {
    clearTimeout(this.#timer);
    const code: PeerErrorCode = this.#ready ? 'PEER_FAILED' : 'PEER_REFUSED_RULES';
    const said = this.#stderr.trim();
    this.#failure ??= new PeerError(code, {
      peer: this.name,
      reason: said === '' ? reason : `${reason}; ${said}`,
    });
    for (const question of [...this.#asked.splice(0), ...this.#waiting.splice(0)])
      question.reject(this.#failure);
    this.#kill();
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function wireForm({ method, uri, protocol, headers, body, response }: PeerRequest): unknown {
  const answer =
    response === undefined
      ? null
      : {
          status: response.status,
          protocol: response.protocol,
          headers: response.headers,
          body: base64(response.body),
        };
  return { method, uri, protocol, headers, body: base64(body), response: answer };
}

/**
 * Builds the peer if need be, starts it and has it read the rules.
 *
 * @param ruleText SecLang, one character a byte; data files are named by absolute paths
 * @throws PeerError
 */
export async function openPeer(name: PeerName, ruleText: string, options: PeerOptions = {}): Promise<Peer> {
  const program = await buildPeer(name);
  const directory = mkdtempSync(join(tmpdir(), 'sluice-peer-'));
  const file = join(directory, 'rules.conf');
  writeFileSync(file, ruleText, 'latin1');
  for (const [beside, text] of Object.entries(options.files ?? {}))
    writeFileSync(join(directory, beside), text);
  const prefilter = name === 'coraza' && options.rxPrefilter === true ? ['--rx-prefilter'] : [];
  try {
    return await new Promise<Peer>((resolve, reject) => {
      const started: Question = { line: '', resolve: () => resolve(peer), reject };
      const peer: Peer = new ProcessPeer(
        name,
        program,
        [...prefilter, file],
        started,
        options.answerMillisMax ?? ANSWER_MILLIS_MAX,
      );
    });
  } finally {
    // Rules are read once, before the program says that it is ready.
    rmSync(directory, { recursive: true, force: true });
  }
}
