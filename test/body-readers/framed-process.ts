/** A program that answers framed questions in their order: four bytes of length, big-endian, then JSON. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { ReaderError } from './errors.ts';
import type { HostileBody, ReaderHost, Reading } from './reader.ts';

const LENGTH_BYTES = 4;
const STDERR_KEPT_CHARACTERS = 2_000;

interface Waiting {
  resolve(readings: readonly Reading[]): void;
  reject(error: ReaderError): void;
}

export class FramedProcess implements ReaderHost {
  readonly name;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: Waiting[] = [];
  readonly #ended: Promise<void>;
  #buffer = Buffer.alloc(0);
  #stderr = '';
  #failure: ReaderError | null = null;

  constructor(name: 'python' | 'go', argv: readonly string[]) {
    this.name = name;
    const [file = '', ...rest] = argv;
    this.#child = spawn(file, rest, { stdio: 'pipe' });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT_CHARACTERS);
    });
    // A program that died is told of by its end; its pipe breaks besides.
    this.#child.stdin.on('error', (error) => this.#fail(error.message));
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#fail(error.message);
        resolve();
      });
      this.#child.once('close', (code) => {
        this.#fail(`it ended with status ${code}. ${this.#stderr}`);
        resolve();
      });
    });
  }

  read(body: HostileBody): Promise<readonly Reading[]> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const payload = Buffer.from(JSON.stringify(body), 'utf8');
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(payload.length);
    this.#child.stdin.write(Buffer.concat([length, payload]));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#buffer.readUInt32BE();
      if (this.#buffer.length < end) return;
      const text = this.#buffer.toString('utf8', LENGTH_BYTES, end);
      this.#buffer = this.#buffer.subarray(end);
      this.#waiting.shift()?.resolve(JSON.parse(text) as readonly Reading[]);
    }
  }

  #fail(reason: string): void {
    this.#failure ??= new ReaderError('READER_FAILED', { language: this.name, reason });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
