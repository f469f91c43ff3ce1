/**
 * Brings sluice.yaml to what was planned. Policies come before the table that names them, and go when nobody names them any more:
 * Envoy asks for a policy by its name, and one that the server does not have fails the request.
 */
import { basename } from 'node:path';
import { digestOfJson } from '../canonical-json.ts';
import { ControllerError, reasonOf } from '../errors.ts';
import type { NodePlan } from '../plan/plan.ts';
import { type PolicyFiles, policyFiles } from '../rules/policy-files.ts';
import {
  type Base,
  type Composed,
  compose,
  type Entry,
  faultIn,
  policyNames,
  readBase,
  refusedEntries,
  ruleFilesOf,
  writtenIn,
} from './configuration.ts';
import { type NodeFolder, RULES_FOLDER } from './folder.ts';
import { NODE_LIMITS } from './limits.ts';
import type { NodeApi } from './node-api.ts';
import { PolicyStore } from './policies.ts';
import type { ServerState } from './server-state.ts';
import { policiesOf, type WrittenTable } from './table.ts';

export interface ConfigOptions {
  readonly folder: NodeFolder;
  readonly api: NodeApi;
  /** Of the node, in events. */
  readonly node: string;
  /** Path of the base of sluice.yaml. */
  readonly base: string;
}

export interface ConfigOutcome {
  /** What is in sluice.yaml is what was planned, and in force in all processes of the server. */
  readonly isInForce: boolean;
  /** Names that the server has: a table may name these. */
  readonly known: ReadonlySet<string>;
  /** Names of those that the server has with the content that was planned; null while it takes over what was written. */
  readonly current: ReadonlySet<string> | null;
  /** Planned policies that the server has, with the digest of what it has of each; null until that is known. */
  readonly inForce: NodePlan['policies'] | null;
  readonly problems: readonly string[];
}

type Planned = NodePlan['policies'][number];

export class ConfigStep {
  readonly #options: ConfigOptions;
  readonly #policies: PolicyStore;
  #base: Base | null = null;
  /** Names that the server has had when it was last asked and had all. */
  #known: ReadonlySet<string> | null = null;
  /** What the server has refused, by digest, with its words. */
  readonly #refused = new Map<string, string>();
  /** Digests of planned policies, by what became of them in sluice.yaml. */
  readonly #digests = new Map<string, string>();
  #inForce: NodePlan['policies'] | null = null;
  #silentSince: number | null = null;
  #offeredAt = Number.NEGATIVE_INFINITY;
  /** Since when a policy is planned no more. */
  readonly #retired = new Map<string, number>();

  constructor(options: ConfigOptions) {
    this.#options = options;
    this.#policies = new PolicyStore(options.api);
  }

  /** @param table that is in the folder */
  async take(plan: NodePlan, table: WrittenTable | null, server: ServerState): Promise<ConfigOutcome> {
    const { folder } = this.#options;
    const problems: string[] = [];
    await this.#policies.follow(plan.policies);
    this.#forget(plan);
    this.#noteGood(server);
    const base = await this.#readBase(problems);
    if (this.#isLost(server)) this.#putBack();
    else if (base !== null) this.#write(plan, base, table, server, problems);
    const after = writtenIn(folder.read('sluice.yaml'));
    const isTaken = after !== null && after.revision === server.revision;
    if (isTaken) {
      this.#noteGood(server);
      this.#inForce = this.#standing(plan, after.entries);
      folder.keepRules(
        new Set([...after.entries.values()].flatMap(ruleFilesOf).map((path) => basename(path))),
      );
    } else if (server.problem !== '') problems.push(server.problem);
    // Nobody could be asked yet: what the agent's table names, the server had.
    const known = this.#known ?? new Set([...(table?.pods.values() ?? [])].flatMap(policiesOf));
    const current = isTaken ? new Set(this.#files(plan).map(({ name }) => name)) : null;
    return { isInForce: isTaken && problems.length === 0, known, current, inForce: this.#inForce, problems };
  }

  /** What the server has in force it can start with, and go back to. */
  #noteGood({ revision }: ServerState): void {
    const { folder } = this.#options;
    const text = folder.read('sluice.yaml');
    const written = writtenIn(text);
    if (text === null || written === null || written.revision !== revision) return;
    this.#known = new Set(written.entries.keys());
    folder.write('sluice.good.yaml', text);
  }

  /** A server that does not answer for long may be one that cannot start with what was written last. */
  #isLost({ problem }: ServerState): boolean {
    if (problem === '') this.#silentSince = null;
    else this.#silentSince ??= performance.now();
    return this.#silentSince !== null && performance.now() - this.#silentSince >= NODE_LIMITS.fallbackMillis;
  }

  #putBack(): void {
    const good = this.#options.folder.read('sluice.good.yaml');
    if (good !== null) this.#options.folder.write('sluice.yaml', good);
  }

  /** By name: what the server has had, and what was written for those that it never had. */
  #former(): ReadonlyMap<string, Entry> {
    const { folder } = this.#options;
    const written = writtenIn(folder.read('sluice.yaml'))?.entries ?? [];
    const good = writtenIn(folder.read('sluice.good.yaml'))?.entries ?? [];
    return new Map([...written, ...good]);
  }

  /** What is to be known after a restart: `restore` takes it. Of what is in sluice.yaml. */
  get digests(): readonly (readonly [string, string])[] {
    const entries = writtenIn(this.#options.folder.read('sluice.yaml'))?.entries ?? new Map<string, Entry>();
    return [...entries].flatMap(([name, entry]) => {
      const key = keyOfEntry(name, entry);
      const digest = this.#digests.get(key);
      return digest === undefined ? [] : [[key, digest] as const];
    });
  }

  restore(digests: ConfigStep['digests']): void {
    for (const [key, digest] of digests) this.#digests.set(key, digest);
  }

  #standing({ policies }: NodePlan, entries: ReadonlyMap<string, Entry>): NodePlan['policies'] {
    return policies.flatMap(({ name }) => {
      const entry = entries.get(name);
      const digest = entry === undefined ? undefined : this.#digests.get(keyOfEntry(name, entry));
      return digest === undefined ? [] : [{ name, digest }];
    });
  }

  /** Null where there never was a good one. */
  async #readBase(problems: string[]): Promise<Base | null> {
    try {
      this.#base = await readBase(this.#options.base);
    } catch (error) {
      problems.push(reasonOf(error));
    }
    return this.#base;
  }

  #forget({ policies }: NodePlan): void {
    const digests = new Set(policies.map(({ digest }) => digest));
    for (const digest of this.#refused.keys()) if (!digests.has(digest)) this.#refused.delete(digest);
    for (const { name } of policies) this.#retired.delete(name);
  }

  #write(
    plan: NodePlan,
    base: Base,
    table: WrittenTable | null,
    server: ServerState,
    problems: string[],
  ): void {
    const { folder, node } = this.#options;
    const file = folder.at('sluice.yaml');
    const former = this.#former();
    const { refused } = server;
    const isRefused =
      refused !== null && refused.revision === writtenIn(folder.read('sluice.yaml'))?.revision;
    if (isRefused) this.#blame(plan, refused.reason);
    const attempt = (): { readonly composed: Composed; readonly files: readonly PolicyFiles[] } => {
      const files = this.#files(plan);
      const entries = new Map([
        ...this.#retained(plan, former, { base, table }),
        ...this.#fallbacks(plan, former),
        ...files.map(({ name, entry }) => [name, entry] as const),
      ]);
      return { files, composed: compose({ base, entries, node, workloads: folder.at('workloads.ndjson') }) };
    };
    let { composed, files } = attempt();
    let fault = faultIn(composed.text, file);
    if (fault !== '') {
      this.#refuse(plan, files, base, file);
      ({ composed, files } = attempt());
      fault = faultIn(composed.text, file);
    }
    problems.push(...this.#problems(plan));
    if (fault !== '') {
      problems.push(new ControllerError('NODE_CONFIG_REFUSED', { reason: fault }).message);
      return;
    }
    folder.writeRules(files.flatMap((policy) => policy.files));
    const isNew = folder.write('sluice.yaml', composed.text);
    if (isRefused && !isNew) this.#again(refused.reason, problems);
  }

  /** Nothing that was planned is to blame: the server may take the same later, and looks when the file is replaced. */
  #again(reason: string, problems: string[]): void {
    problems.push(new ControllerError('NODE_CONFIG_REFUSED', { reason }).message);
    const now = performance.now();
    if (now - this.#offeredAt < NODE_LIMITS.offerMillis) return;
    this.#offeredAt = now;
    this.#options.folder.renew('sluice.yaml');
  }

  /** Of a policy that the server has refused, nothing but what it has had. */
  #fallbacks(
    { policies }: NodePlan,
    former: ReadonlyMap<string, Entry>,
  ): readonly (readonly [string, Entry])[] {
    const good = writtenIn(this.#options.folder.read('sluice.good.yaml'))?.entries;
    return policies.flatMap(({ name, digest }) => {
      const entry = this.#refused.has(digest) ? good?.get(name) : former.get(name);
      return entry === undefined ? [] : [[name, entry] as const];
    });
  }

  /** Of policies that are there, and that the server has not refused. */
  #files(plan: NodePlan): readonly PolicyFiles[] {
    return plan.policies.flatMap(({ name, digest }) => {
      const policy = this.#policies.of(digest);
      if (policy === null || this.#refused.has(digest)) return [];
      try {
        const files = { ...policyFiles(policy, RULES_FOLDER), name };
        this.#digests.set(keyOfEntry(name, files.entry), digest);
        return [files];
      } catch (error) {
        this.#refused.set(digest, reasonOf(error));
        return [];
      }
    });
  }

  /** Those that are planned no more stay while the agent's table names them, and while Envoy may have connections that do. */
  #retained(
    plan: NodePlan,
    former: ReadonlyMap<string, Entry>,
    { base, table }: { readonly base: Base; readonly table: WrittenTable | null },
  ): readonly (readonly [string, Entry])[] {
    const planned = new Set([...plan.policies.map(({ name }) => name), ...policyNames(base)]);
    const named = new Set([...(table?.pods.values() ?? [])].flatMap(policiesOf));
    const now = performance.now();
    return [...former].filter(([name]) => {
      if (planned.has(name)) return false;
      if (named.has(name)) this.#retired.delete(name);
      else if (!this.#retired.has(name)) this.#retired.set(name, now);
      const since = this.#retired.get(name) ?? now;
      const isOver = !named.has(name) && now - since >= NODE_LIMITS.retiredMillis;
      if (isOver) this.#retired.delete(name);
      return !isOver;
    });
  }

  /** By the server's schema, before the server sees it. */
  #refuse(plan: NodePlan, files: readonly PolicyFiles[], base: Base, file: string): void {
    const entries = new Map(files.map(({ name, entry }) => [name, entry] as const));
    const workloads = this.#options.folder.at('workloads.ndjson');
    const refused = refusedEntries({ base, entries, node: this.#options.node, workloads }, file);
    for (const { name, digest } of plan.policies) {
      const fault = refused.get(name);
      if (fault !== undefined) this.#refused.set(digest, fault);
    }
  }

  /** The server's words name the rule file, or the policy, that is wrong. */
  #blame(plan: NodePlan, reason: string): void {
    for (const { name, files } of this.#files(plan)) {
      const digest = plan.policies.find((policy) => policy.name === name)?.digest;
      const isNamed = files.some((file) => reason.includes(file.name)) || reason.includes(`policy ${name} `);
      if (isNamed && digest !== undefined) this.#refused.set(digest, reason);
    }
  }

  #problems(plan: NodePlan): readonly string[] {
    const former = this.#former();
    return plan.policies.flatMap(({ name, digest }: Planned) => {
      const refused = this.#refused.get(digest);
      const reason =
        refused === undefined ? this.#policies.problemOf({ name, digest }) : `policy ${name}: ${refused}`;
      if (reason === '') return [];
      return [former.has(name) ? `${reason}; its former content stays in force` : reason];
    });
  }
}

const keyOfEntry = (name: string, entry: Entry): string => `${name} ${digestOfJson(entry)}`;
