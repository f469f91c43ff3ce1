/** Network namespaces by identity: a path may lead to another one later, after a sandbox was made anew. */
import { type BigIntStats, statSync } from 'node:fs';
import { reasonOf } from '../errors.ts';

/** Device and inode: one namespace as long as anything holds it. */
export type NamespaceId = string;

export type Namespace =
  | { readonly state: 'Usable'; readonly id: NamespaceId }
  | { readonly state: 'Gone' | 'Host' | 'NoNamespace'; readonly detail: string };

const OWN = '/proc/self/ns/net';

const idOf = (stat: BigIntStats): NamespaceId => `${stat.dev}:${stat.ino}`;

export function findNamespace(path: string): Namespace {
  let stat: BigIntStats;
  try {
    stat = statSync(path, { bigint: true });
  } catch (error) {
    return { state: 'Gone', detail: reasonOf(error) };
  }
  const own = statSync(OWN, { bigint: true });
  // `ip netns del` may leave an empty file behind, and a path can be anything: only namespaces lie on this file system.
  if (stat.dev !== own.dev) return { state: 'NoNamespace', detail: `${path} is no namespace` };
  if (stat.ino === own.ino) return { state: 'Host', detail: `${path} is the agent's own namespace` };
  return { state: 'Usable', id: idOf(stat) };
}
