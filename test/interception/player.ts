/** An actor from the test's side: a child process in a network namespace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { inside } from './network.ts';
import type {
  Arrival,
  CallCommand,
  CallReply,
  Command,
  FlowCommand,
  FlowEnd,
  LoadCommand,
  MeasureCommand,
  Measured,
  RawCommand,
  RawReply,
} from './protocol.ts';

const ACTOR = resolve(import.meta.dirname, './actor.ts');

const players = new Set<Player>();

export function stopPlayers(): void {
  for (const player of players) player.stop();
}

export class Player {
  /** What arrived at this namespace's workloads. */
  arrivals: Arrival[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #id = 0;

  constructor(namespace: string) {
    const [file = '', ...rest] = inside(namespace, [process.execPath, ACTOR]);
    this.#child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    players.add(this);
    if (this.#child.stdout === null) return;
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { id, result, arrival } = JSON.parse(line);
      if (arrival !== undefined) this.arrivals.push(arrival);
      else this.#waiting.get(id)?.(result);
    });
  }

  #do<T>(command: Command): Promise<T> {
    const id = ++this.#id;
    const answer = new Promise<T>((resolve) => this.#waiting.set(id, (result) => resolve(result as T)));
    this.#child.stdin?.write(`${JSON.stringify({ id, command })}\n`);
    return answer;
  }

  async serve(kinds: Readonly<Record<number, 'http' | 'h2c' | 'raw'>>): Promise<void> {
    for (const [port, kind] of Object.entries(kinds))
      await this.#do({ do: 'serve', port: Number(port), kind });
  }

  call(call: Omit<CallCommand, 'do'>): Promise<CallReply> {
    return this.#do({ do: 'call', ...call });
  }

  raw(call: Omit<RawCommand, 'do'>): Promise<RawReply> {
    return this.#do({ do: 'raw', ...call });
  }

  /** Resolves once it flows. */
  flow(flow: Omit<FlowCommand, 'do'>): Promise<unknown> {
    return this.#do({ do: 'flow', ...flow });
  }

  endFlow(name: string): Promise<FlowEnd> {
    return this.#do({ do: 'end-flow', name });
  }

  measure(measure: Omit<MeasureCommand, 'do'>): Promise<Measured> {
    return this.#do({ do: 'measure', ...measure });
  }

  async load(load: Omit<LoadCommand, 'do'>): Promise<void> {
    await this.#do({ do: 'load', ...load });
  }

  /** Counts by status, or by error where no reply came. */
  stopLoad(name: string): Promise<Readonly<Record<string, number>>> {
    return this.#do({ do: 'stop-load', name });
  }

  /** What arrived since the last time it was asked. */
  taken(): readonly Arrival[] {
    return this.arrivals.splice(0);
  }

  stop(): void {
    players.delete(this);
    this.#child.stdin?.end();
  }
}
