/** Policies by their digests, from the ConfigMaps that the controller writes. */
import { ControllerError, reasonOf } from '../errors.ts';
import type { NodePlan, PlannedPolicy } from '../plan/plan.ts';
import { policyConfigMapName, readPolicy } from '../policy-content.ts';
import { NODE_LIMITS } from './limits.ts';
import type { NodeApi } from './node-api.ts';

type Named = NodePlan['policies'][number];

export class PolicyStore {
  readonly #api: NodeApi;
  /** Those of the last plan. */
  readonly #known = new Map<string, PlannedPolicy>();
  readonly #problems = new Map<string, string>();
  /** Nobody is asked before. */
  #askAt = Number.NEGATIVE_INFINITY;

  constructor(api: NodeApi) {
    this.#api = api;
  }

  /** Fetches those that are not known, and forgets those that are not wanted. Never rejects: see `problemOf`. */
  async follow(wanted: readonly Named[]): Promise<void> {
    const digests = new Set(wanted.map(({ digest }) => digest));
    for (const known of [this.#known, this.#problems]) {
      for (const digest of known.keys()) if (!digests.has(digest)) known.delete(digest);
    }
    const queue =
      performance.now() < this.#askAt ? [] : wanted.filter(({ digest }) => !this.#known.has(digest));
    const fetch = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        if (await this.#fetch(next)) continue;
        // What one request waits for in vain, the others would.
        queue.length = 0;
        this.#askAt = performance.now() + NODE_LIMITS.unreachableMillis;
      }
    };
    await Promise.all(Array.from({ length: NODE_LIMITS.requestsMax }, fetch));
  }

  /** Null where it could not be had. */
  of(digest: string): PlannedPolicy | null {
    return this.#known.get(digest) ?? null;
  }

  problemOf({ name, digest }: Named): string {
    const isKnown = this.#known.has(digest);
    return this.#problems.get(digest) ?? (isKnown ? '' : `policy ${name}: it was not fetched yet`);
  }

  /** @returns whether there was an answer */
  async #fetch({ name, digest }: Named): Promise<boolean> {
    try {
      const data = await this.#api.policy(digest);
      if (data === null) {
        this.#problems.set(digest, `policy ${name}: there is no ConfigMap ${policyConfigMapName(digest)}`);
        return true;
      }
      // Its content is what was planned, or it is refused.
      this.#known.set(digest, readPolicy(digest, data));
      this.#problems.delete(digest);
      return true;
    } catch (error) {
      this.#problems.set(digest, `policy ${name}: ${reasonOf(error)}`);
      return !(error instanceof ControllerError && error.code === 'KUBERNETES_UNREACHABLE');
    }
  }
}
