/** An API server's list and watch as a model: what it has, its history, and how it may end an answer. */
import { setImmediate as turn } from 'node:timers/promises';
import { ApiRefusal } from '../../src/cluster/client.ts';
import type { RawObject, Source, WatchEvent } from '../../src/cluster/source.ts';
import { ControllerError } from '../../src/errors.ts';

type Change = Exclude<WatchEvent, { readonly type: 'ERROR' }>;

const PAGE_OBJECTS = 3;

export const rawObject = (name: string, version: number, data: number): RawObject => ({
  metadata: { name, uid: name, resourceVersion: String(version), creationTimestamp: '2026-01-01T00:00:00Z' },
  data,
});

export class ModelSource implements Source {
  readonly objects = new Map<string, RawObject>();
  #history: Change[] = [];
  #version = 1;
  /** Versions before it are forgotten. */
  #compacted = 0;
  #breakAfter: number | null = null;
  #refusals: (number | null)[] = [];
  #wake: (() => void)[] = [];

  put(name: string, data: number): void {
    this.#version += 1;
    const object = rawObject(name, this.#version, data);
    this.#record({ type: this.objects.has(name) ? 'MODIFIED' : 'ADDED', object });
    this.objects.set(name, object);
  }

  remove(name: string): void {
    const object = this.objects.get(name);
    if (object === undefined) return;
    this.#version += 1;
    this.objects.delete(name);
    this.#record({ type: 'DELETED', object: rawObject(name, this.#version, 0) });
  }

  bookmark(): void {
    this.#record({ type: 'BOOKMARK', object: rawObject('', this.#version, 0) });
  }

  compact(): void {
    this.#compacted = this.#version;
    this.#history = [];
    this.#rouse();
  }

  /** Watches of now end, in the middle of what they had to say where `after` events are still to come. */
  cut(after: number): void {
    this.#breakAfter = after;
    this.#rouse();
  }

  /** What the next request of each gets in place of an answer; null: no answer at all. */
  refuse(status: number | null): void {
    this.#refusals.push(status);
    this.cut(0);
  }

  #record(change: Change): void {
    this.#history.push(change);
    this.#rouse();
  }

  #rouse(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #answer(): void {
    const status = this.#refusals.shift();
    if (status === undefined) return;
    if (status === null) throw new ControllerError('KUBERNETES_UNREACHABLE', { reason: 'model' });
    throw new ApiRefusal('GET', 'model', { status, body: '', retryAfterMillis: null });
  }

  async list(page: (objects: readonly RawObject[]) => void): Promise<string> {
    const version = this.#version;
    const objects = [...this.objects.values()];
    for (let at = 0; at === 0 || at < objects.length; at += PAGE_OBJECTS) {
      await turn();
      this.#answer();
      page(objects.slice(at, at + PAGE_OBJECTS));
    }
    return String(version);
  }

  async *watch(from: string, signal: AbortSignal, alive: () => void): AsyncGenerator<WatchEvent> {
    this.#answer();
    alive();
    let version = Number(from);
    for (;;) {
      if (version < this.#compacted) {
        yield { type: 'ERROR', status: 410, reason: 'gone' };
        return;
      }
      const next = this.#history.find(({ object }) => Number(object.metadata.resourceVersion) > version);
      if (this.#breakAfter !== null && (this.#breakAfter === 0 || next === undefined)) {
        this.#breakAfter = null;
        return;
      }
      if (next === undefined) {
        const stop = (): void => this.#rouse();
        signal.addEventListener('abort', stop, { once: true });
        if (!signal.aborted) await new Promise<void>((wake) => this.#wake.push(wake));
        if (signal.aborted) return;
        continue;
      }
      if (this.#breakAfter !== null) this.#breakAfter -= 1;
      version = Number(next.object.metadata.resourceVersion);
      yield next;
      await turn();
    }
  }
}
