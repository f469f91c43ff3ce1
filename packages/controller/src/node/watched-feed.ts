/** What a node follows, by watches of the API server: one object by its name, and all WorkloadSlices. */

import type { ApiClient } from '../cluster/client.ts';
import { Reflector } from '../cluster/reflector.ts';
import { ApiSource, type RawObject } from '../cluster/source.ts';
import { ControllerError } from '../errors.ts';
import { KINDS } from '../kinds/definitions.ts';
import { GROUP, VERSION } from '../kinds/names.ts';
import { parseObject } from '../kinds/parse.ts';
import { problemText } from '../kinds/problems.ts';
import type { Log } from '../log.ts';
import type { NodePlan, Workload } from '../plan/plan.ts';
import type { NodeFeed, ToldPlan } from './feed.ts';

const pathOf = (kind: 'SluiceNode' | 'WorkloadSlice'): string =>
  `/apis/${GROUP}/${VERSION}/${KINDS[kind].plural}`;

/** A plan, or why it is none. */
type Told = { readonly version: string } & (
  | { readonly kind: 'plan'; readonly told: ToldPlan }
  | { readonly kind: 'invalid'; readonly what: string }
);

export interface WatchedFeedOptions {
  readonly client: ApiClient;
  readonly node: string;
  readonly log: Log;
}

export class WatchedFeed implements NodeFeed {
  readonly #node: Reflector<Told>;
  readonly #slices: Reflector<readonly Workload[]>;
  readonly #callbacks: (() => void)[] = [];
  /** Of the slices that it was made of. */
  #all: {
    readonly of: ReadonlyMap<string, readonly Workload[]>;
    readonly workloads: readonly Workload[];
  } | null = null;

  constructor({ client, node, log }: WatchedFeedOptions) {
    const listener = { log, changed: () => this.#changed() };
    this.#node = new Reflector<Told>(
      {
        name: 'SluiceNode',
        source: new ApiSource(client, { path: pathOf('SluiceNode'), fieldSelector: `metadata.name=${node}` }),
        project: (raw, before) => plainOf(raw, before),
        // What this node writes into the status comes back.
        isQuiet: (before, after) => before.version === after.version,
      },
      listener,
    );
    this.#slices = new Reflector<readonly Workload[]>(
      {
        name: 'WorkloadSlice',
        source: new ApiSource(client, { path: pathOf('WorkloadSlice') }),
        project: workloadsOf,
      },
      listener,
    );
  }

  start(): void {
    this.#node.start();
    this.#slices.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#node.stop(), this.#slices.stop()]);
  }

  onChange(callback: () => void): void {
    this.#callbacks.push(callback);
  }

  told(): ToldPlan | null {
    const [known] = this.#node.snapshot().values();
    if (known === undefined) return null;
    if (known.kind === 'invalid') throw new ControllerError('PLAN_INVALID', { what: known.what });
    return known.told;
  }

  workloads(): readonly Workload[] | null {
    if (!this.#slices.isAnswered) return null;
    const slices = this.#slices.snapshot();
    if (this.#all?.of !== slices) this.#all = { of: slices, workloads: [...slices.values()].flat() };
    return this.#all.workloads;
  }

  problem(): string {
    const wrong = [this.#node.status, this.#slices.status].filter(({ problem }) => problem !== '');
    const told = wrong.map(({ name, problem }) => `${name}: ${problem}`);
    const isMissing = this.#node.isAnswered && this.#node.snapshot().size === 0;
    if (isMissing) told.push('there is no SluiceNode for this node: what is in force stays so');
    return told.join('; ');
  }

  #changed(): void {
    for (const callback of this.#callbacks) callback();
  }
}

/** The same object as before while the spec is the same. */
function plainOf(raw: RawObject, before: Told | undefined): Told {
  const { uid, generation = 0 } = raw.metadata;
  const version = `${uid} ${generation}`;
  if (before?.version === version) return before;
  const parsed = parseObject('SluiceNode', raw);
  if (parsed.kind === 'invalid') {
    const what = `SluiceNode, generation ${generation}: ${problemText(parsed.problems)}`;
    return { version, kind: 'invalid', what };
  }
  return { version, kind: 'plan', told: { generation, plan: parsed.object.spec as NodePlan } };
}

/** A slice that is none has nobody in it. */
function workloadsOf(raw: RawObject): readonly Workload[] {
  const parsed = parseObject('WorkloadSlice', raw);
  return parsed.kind === 'valid' ? (parsed.object.spec.workloads as readonly Workload[]) : [];
}
