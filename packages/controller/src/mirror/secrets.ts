/**
 * Secrets that policies name, each by a watch of its own, without their data: what the controller may read of Secrets can be bound
 * by name (RBAC's resourceNames hold for a watch whose field selector names the object), and nobody else's is ever asked for.
 */
import type { Reflector } from '../cluster/reflector.ts';
import type { RawObject } from '../cluster/source.ts';
import type { WafPolicy } from '../kinds/objects.ts';
import type { Log } from '../log.ts';
import type { Secret } from '../world.ts';
import { SECRETS_MAX } from './limits.ts';
import type { Watches } from './watches.ts';

const secretOf = ({ metadata: { namespace = '', name, resourceVersion } }: RawObject): Secret => ({
  ...{ namespace, name, resourceVersion },
});

export class SecretMirror {
  readonly #watches: Watches;
  readonly #log: Log;
  readonly #followed = new Map<string, Reflector<Secret>>();
  #known: ReadonlyMap<string, Secret> = new Map();
  #left = 0;

  constructor(watches: Watches, log: Log) {
    this.#watches = watches;
    this.#log = log;
  }

  /** Those that policies name, and no others from now on. */
  follow(policies: Iterable<WafPolicy>): void {
    const named = new Set<string>();
    for (const { metadata, spec } of policies) {
      for (const { secretName } of spec.tls ?? []) named.add(`${metadata.namespace ?? ''}/${secretName}`);
    }
    for (const [key, reflector] of this.#followed) {
      if (named.has(key)) continue;
      this.#followed.delete(key);
      void this.#watches.remove(reflector as Reflector<unknown>);
    }
    let left = 0;
    for (const key of named) {
      if (this.#followed.has(key)) continue;
      if (this.#followed.size < SECRETS_MAX) this.#followed.set(key, this.#watch(key));
      else left += 1;
    }
    if (left > 0 && left !== this.#left) this.#log.error({ followed: SECRETS_MAX, left }, 'too many Secrets');
    this.#left = left;
  }

  #watch(key: string): Reflector<Secret> {
    const [namespace = '', name = ''] = key.split('/');
    return this.#watches.add({
      ...{ name: 'Secret', path: `/api/v1/namespaces/${namespace}/secrets`, metadataOnly: true },
      fieldSelector: `metadata.name=${name},type=kubernetes.io/tls`,
      // One that may not be seen is as one that is not there: the policy is told so.
      optional: true,
      project: secretOf,
    });
  }

  /** The same map as long as nothing has changed. */
  snapshot(): ReadonlyMap<string, Secret> {
    const found = new Map([...this.#followed.values()].flatMap((reflector) => [...reflector.snapshot()]));
    const isSame =
      found.size === this.#known.size && [...found].every(([key, secret]) => this.#known.get(key) === secret);
    if (!isSame) this.#known = found;
    return this.#known;
  }
}
