/** The load (bench/peers/load): clients in a closed or an open loop over HTTP/1.1, uploads beside them, and the workload behind Envoy. */
import { writeFileSync } from 'node:fs';
import type { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { BenchError } from '../engine/errors.ts';
import { LineProcess } from '../engine/line-process.ts';
import { pinned } from './cores.ts';
import type { Template } from './corpus.ts';
import { goProgram } from './go-program.ts';

/** What is asked of the load. */
export interface LoadRun {
  readonly port: number;
  readonly connections: number;
  /** After it no request is begun; those that are under way are waited for. */
  readonly millis: number;
  /** Number of the first request. The same number is the same request in every run over a corpus. */
  readonly from: number;
  /** The HTTP status that requests should get. */
  readonly expected: number;
  /** Requests a second that begin at random times (Poisson); one that finds no free connection waits, and its time counts. Without it, a closed loop. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly meanUs: number;
  /** Answers by HTTP status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests whose connection broke before the answer. */
  readonly broken: number;
  /** Number of the first request that was not sent. */
  readonly next: number;
  /** Numbers of requests with another status than was expected: the first thousand of each connection. */
  readonly surprises: readonly number[];
  /** Of the load itself, the workload included. */
  readonly cpuSeconds: number;
}

/** A crowd of uploads: one after another on each of `count` connections, none of which ends by itself when the crowd is closed. */
export interface UploadCrowd {
  readonly port: number;
  readonly count: number;
  /** The connections take them in turn. */
  readonly bodies: readonly UploadBody[];
  /** Between two pieces of a body; 0 sends as fast as it is taken. */
  readonly periodMillis: number;
  /** In which they are opened, one after another. */
  readonly rampMillis: number;
}

export interface UploadBody {
  /** `file` is multipart, `form` urlencoded. */
  readonly kind: 'file' | 'form';
  /** Of the whole body, announced as its length. */
  readonly bytes: number;
  /** What is sent at once, and in each piece that follows. */
  readonly firstBytes: number;
  readonly pieceBytes: number;
}

export interface CrowdResult {
  /** Under way when the crowd was closed. */
  readonly open: number;
  /** Answers by HTTP status: to whole bodies, and to those that were not. */
  readonly finished: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** Connections that ended without an answer. */
  readonly broken: number;
  readonly sentBytes: number;
}

const NAME = 'load';
const HASH_START = 7;

export class Load {
  /** Where the workload listens, on 127.0.0.1. */
  readonly workloadPort: number;
  readonly #child: LineProcess;
  readonly #directory: TemporaryDirectory;

  private constructor(child: LineProcess, workloadPort: number, directory: TemporaryDirectory) {
    this.#child = child;
    this.workloadPort = workloadPort;
    this.#directory = directory;
  }

  /** @throws PeerError PEER_UNAVAILABLE, BenchError BENCH_CONTENDER */
  static async start(cores: readonly number[], directory: TemporaryDirectory): Promise<Load> {
    const child = new LineProcess(NAME, pinned([await goProgram('load')], cores), null);
    const opening = await child.next();
    const port = memberOf(opening, 'workload');
    if (typeof port !== 'number') throw nonsense(opening);
    return new Load(child, port, directory);
  }

  /** What the runs that follow send. */
  async use(templates: readonly Template[], seed: string): Promise<void> {
    const path = this.#directory.join('corpus.json');
    const listed = templates.map(({ bytes, spans }) => ({ bytes: bytes.toString('base64'), spans }));
    writeFileSync(path, JSON.stringify({ seed: hashOf(seed), templates: listed }));
    await this.#ask({ corpus: path });
  }

  async run(run: LoadRun): Promise<LoadResult> {
    const line = await this.#ask({ run });
    if (isResult(line)) return line;
    throw nonsense(line);
  }

  /** Resolves once each upload has sent its first bytes, or could not. Runs go on beside it. */
  async open(uploads: UploadCrowd): Promise<void> {
    await this.#ask({ uploads });
  }

  /** Ends what is under way in the middle. */
  async closeUploads(): Promise<CrowdResult> {
    const line = await this.#ask({ close: true });
    const crowd = memberOf(line, 'crowd');
    if (isCrowd(crowd)) return crowd;
    throw nonsense(line);
  }

  async #ask(order: unknown): Promise<unknown> {
    const line = await this.#child.ask(order);
    const reason = memberOf(line, 'error');
    if (reason === undefined) return line;
    throw new BenchError('BENCH_CONTENDER', { name: NAME, reason: String(reason) });
  }

  close(): Promise<void> {
    return this.#child.close();
  }
}

const memberOf = (line: unknown, name: string): unknown =>
  typeof line === 'object' && line !== null ? Reflect.get(line, name) : undefined;

const nonsense = (line: unknown): BenchError =>
  new BenchError('BENCH_CONTENDER', { name: NAME, reason: `it said ${JSON.stringify(line).slice(0, 200)}` });

const isResult = (line: unknown): line is LoadResult =>
  typeof memberOf(line, 'requests') === 'number' && Array.isArray(memberOf(line, 'surprises'));

const isCrowd = (value: unknown): value is CrowdResult =>
  typeof memberOf(value, 'open') === 'number' && typeof memberOf(value, 'refused') === 'object';

/** Any text to a number that JSON carries whole. */
const hashOf = (seed: string): number =>
  [...seed].reduce((hash, character) => (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0, HASH_START);
