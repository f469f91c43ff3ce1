/** Brings the agent's table to what was planned, pod by pod: one that cannot be had yet keeps what it has, and holds up no other. */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { reasonOf } from '../errors.ts';
import type { NodePlan, PlannedPod } from '../plan/plan.ts';
import type { AgentState } from './agent-state.ts';
import type { NodeFolder } from './folder.ts';
import { TlsKeys } from './keys.ts';
import { NODE_LIMITS } from './limits.ts';
import type { NamespaceResolver } from './namespaces/resolver.ts';
import type { NodeApi } from './node-api.ts';
import {
  faultOf,
  keyPathsOf,
  policiesOf,
  type TablePod,
  type TableSettings,
  tablePod,
  tableText,
  type WrittenTable,
  writtenTable,
} from './table.ts';

export interface TableOptions {
  readonly folder: NodeFolder;
  readonly api: NodeApi;
  readonly namespaces: NamespaceResolver;
  readonly settings: TableSettings;
  /** What the agent would say against a table; empty where it would take it. Default: nothing. */
  readonly faultIn?: (table: string) => string;
}

/** Why a pod is not in the table as it was planned. */
export interface Held {
  readonly reason: 'NoNamespace' | 'PolicyPending' | 'Invalid' | 'KeyMissing';
  readonly message: string;
}

export interface TableOutcome {
  /** The table is what was planned, and the agent has it. */
  readonly isInForce: boolean;
  readonly problems: readonly string[];
  /** By UID. */
  readonly held: ReadonlyMap<string, Held>;
}

export class TableStep {
  readonly #options: TableOptions;
  readonly #keys: TlsKeys;
  /** Since when a key's folder is named no more. */
  readonly #retiredKeys = new Map<string, number>();

  constructor(options: TableOptions) {
    this.#options = options;
    this.#keys = new TlsKeys(options.api);
  }

  written(): WrittenTable | null {
    return writtenTable(this.#options.folder.read('table.json'));
  }

  /** @param known names of policies that the server has */
  async take(plan: NodePlan, known: ReadonlySet<string>, agent: () => AgentState): Promise<TableOutcome> {
    const { folder, settings } = this.#options;
    const problems: string[] = [];
    await this.#followKeys(plan);
    const paths = await this.#paths(plan, problems);
    const before = this.written();
    const held = new Map<string, Held>();
    const pods = plan.pods.flatMap((planned) => {
      const former = before?.pods.get(planned.uid) ?? null;
      const { pod, why } = this.#pod(planned, former, paths, known);
      if (why !== null) held.set(planned.uid, why);
      return pod === null ? [] : [pod];
    });
    const { text, revision } = tableText(settings, plan, pods);
    folder.write('table.json', text);
    const { revision: inForce, problem } = agent();
    if (problem !== '') problems.push(problem);
    const isTaken = revision === inForce;
    if (isTaken) this.#tidyKeys(pods);
    return { isInForce: isTaken && held.size === 0 && problems.length === 0, problems, held };
  }

  /** A pod whose policy the server does not have yet keeps its entry, or waits for its first. */
  #pod(
    planned: PlannedPod,
    former: TablePod | null,
    paths: Paths,
    known: ReadonlySet<string>,
  ): { readonly pod: TablePod | null; readonly why: Held | null } {
    const path = planned.hostNetwork ? null : pathOf(planned.uid, former, paths);
    const kept = former === null || path === null ? null : { ...former, networkNamespacePath: path };
    if (path === null && !planned.hostNetwork) {
      const message = 'The container runtime does not know its network namespace yet.';
      return { pod: null, why: { reason: 'NoNamespace', message } };
    }
    const pod = tablePod(planned, path, (secret) => this.#keyFolder(secret));
    const missing = policiesOf(pod).filter((name) => !known.has(name));
    if (missing.length > 0) {
      const message = `The server of this node does not have policy ${missing.join(', ')} yet.`;
      return { pod: kept, why: { reason: 'PolicyPending', message } };
    }
    const fault = this.#faultOf(pod);
    if (fault !== '') return { pod: kept, why: { reason: 'Invalid', message: fault } };
    const problem = planned.ports
      .map(({ tlsSecret }) => (tlsSecret === undefined ? '' : this.#keys.problemOf(tlsSecret)))
      .find((text) => text !== '');
    return { pod, why: problem === undefined ? null : { reason: 'KeyMissing', message: problem } };
  }

  /** A fault of one pod would have the agent refuse all others with it. */
  #faultOf(pod: TablePod): string {
    const { settings, faultIn } = this.#options;
    const fault = faultOf(pod, settings);
    if (fault !== '' || faultIn === undefined) return fault;
    return faultIn(tableText(settings, { trustedProxies: [] }, [pod]).text);
  }

  async #followKeys({ pods }: NodePlan): Promise<void> {
    const names = pods.flatMap(({ ports }) => ports.flatMap(({ tlsSecret = '' }) => tlsSecret));
    await this.#keys.follow(new Set(names.filter((name) => name !== '')));
  }

  #keyFolder(secret: string): string | null {
    const key = this.#keys.keyOf(secret);
    if (key === null) return null;
    this.#options.folder.writeKey(key);
    return this.#options.folder.keyFolder(key.digest);
  }

  async #paths(plan: NodePlan, problems: string[]): Promise<Paths> {
    const uids = plan.pods.filter(({ hostNetwork }) => !hostNetwork).map(({ uid }) => uid);
    try {
      return { isAnswered: true, byUid: await this.#options.namespaces.resolve(uids) };
    } catch (error) {
      problems.push(reasonOf(error));
      return { isAnswered: false, byUid: new Map() };
    }
  }

  /** Keys that the agent's table names no more go when Envoy has forgotten the configuration that did. */
  #tidyKeys(pods: readonly TablePod[]): void {
    const { folder } = this.#options;
    const named = new Set(pods.flatMap(keyPathsOf).map((path) => basename(dirname(path))));
    const now = performance.now();
    const kept = folder.keys().filter((digest) => {
      if (named.has(digest)) {
        this.#retiredKeys.delete(digest);
        return true;
      }
      const since = this.#retiredKeys.get(digest) ?? now;
      this.#retiredKeys.set(digest, since);
      return now - since < NODE_LIMITS.retiredMillis;
    });
    for (const digest of this.#retiredKeys.keys())
      if (!kept.includes(digest)) this.#retiredKeys.delete(digest);
    folder.keepKeys(new Set(kept));
  }
}

/** As the container runtime tells them. */
interface Paths {
  /** False where nobody could be asked. */
  readonly isAnswered: boolean;
  readonly byUid: ReadonlyMap<string, string>;
}

/** What was known holds where nobody could be asked, and else as long as it leads anywhere: to leave a pod out ends its inspection. */
function pathOf(uid: string, former: TablePod | null, { isAnswered, byUid }: Paths): string | null {
  const path = byUid.get(uid);
  if (path !== undefined) return path;
  const known = former?.networkNamespacePath ?? null;
  return known !== null && (!isAnswered || existsSync(known)) ? known : null;
}
