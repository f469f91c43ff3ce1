/**
 * Network namespaces as the container runtime tells them, containerd's and CRI-O's words alike: the newest sandbox of a pod that
 * runs, and in its details the path of its network namespace, or the process that is in it.
 */
import { z } from 'zod';
import { NODE_LIMITS } from '../limits.ts';
import { CriClient, type Sandbox } from './cri-client.ts';
import type { NamespaceResolver } from './resolver.ts';

const details = z.object({
  pid: z.int().min(1).optional().catch(undefined),
  runtimeSpec: z
    .object({
      linux: z.object({
        namespaces: z.array(z.object({ type: z.string(), path: z.string().optional() })),
      }),
    })
    .optional()
    .catch(undefined),
});

interface Known {
  readonly sandbox: string;
  readonly path: string;
}

export interface RuntimeNamespacesOptions {
  /** Path of the runtime's socket. */
  readonly socket: string;
  /**
   * Where processes of the node are seen, for runtimes that name a process and no path. By default nowhere: in another PID namespace than
   * the runtime's its numbers are those of others, whose traffic would be taken.
   */
  readonly procPath?: string;
}

export class RuntimeNamespaces implements NamespaceResolver {
  readonly #client: CriClient;
  readonly #procPath: string | null;
  /** By UID. A sandbox keeps its namespace for its life. */
  readonly #known = new Map<string, Known>();

  constructor({ socket, procPath }: RuntimeNamespacesOptions) {
    this.#client = new CriClient(socket);
    this.#procPath = procPath ?? null;
  }

  async resolve(uids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const wanted = new Set(uids);
    for (const uid of this.#known.keys()) if (!wanted.has(uid)) this.#known.delete(uid);
    if (wanted.size === 0) return new Map();
    const newest = newestOf(await this.#client.sandboxes(), wanted);
    const queue = [...newest].filter(([uid, { id }]) => this.#known.get(uid)?.sandbox !== id);
    const ask = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) await this.#ask(...next);
    };
    await Promise.all(Array.from({ length: NODE_LIMITS.runtimeCallsMax }, ask));
    // A pod without a sandbox that runs has no namespace, whatever was known of it.
    return new Map([...this.#known].filter(([uid]) => newest.has(uid)).map(([uid, { path }]) => [uid, path]));
  }

  async #ask(uid: string, { id }: Sandbox): Promise<void> {
    const info = await this.#client.info(id);
    const path = info === null ? null : namespaceIn(info, this.#procPath);
    if (path === null) this.#known.delete(uid);
    else this.#known.set(uid, { sandbox: id, path });
  }

  close(): void {
    this.#client.close();
  }
}

function newestOf(sandboxes: readonly Sandbox[], wanted: ReadonlySet<string>): ReadonlyMap<string, Sandbox> {
  const newest = new Map<string, Sandbox>();
  for (const sandbox of sandboxes) {
    if (!sandbox.isReady || !wanted.has(sandbox.uid)) continue;
    const known = newest.get(sandbox.uid);
    if (known === undefined || known.createdAt < sandbox.createdAt) newest.set(sandbox.uid, sandbox);
  }
  return newest;
}

/**
 * Null where nothing says it: the sandbox is not up yet, or is none of the kernel's (gVisor, Kata), or is on the host's network.
 *
 * @param info of PodSandboxStatus, verbose
 */
export function namespaceIn(info: Readonly<Record<string, string>>, procPath: string | null): string | null {
  const parsed = details.safeParse(jsonOf(info.info));
  if (!parsed.success) return null;
  const { pid, runtimeSpec } = parsed.data;
  const network = runtimeSpec?.linux.namespaces.find(({ type }) => type === 'network');
  // A sandbox with a spec and without a network namespace is on the host's.
  if (runtimeSpec !== undefined && network === undefined) return null;
  if (network?.path?.startsWith('/')) return network.path;
  return pid === undefined || procPath === null ? null : `${procPath}/${pid}/ns/net`;
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    // A runtime that says it in other words says nothing to us.
    return null;
  }
}
