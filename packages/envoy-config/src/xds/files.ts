/**
 * Envoy's listeners and clusters as files, which it reads again whenever one is moved into place. A cluster goes when nobody can
 * need it any more: connections that Envoy still drains ask it for their last requests.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTERS_FILE, LISTENERS_FILE } from '../resources/bootstrap.ts';
import type { NamedResource, NodeConfig } from '../table.ts';

/** `version_info` of what was written: digests of the content. Envoy says which it has accepted (state.ts). */
export interface XdsVersions {
  readonly listeners: string;
  readonly clusters: string;
}

const TYPE = 'type.googleapis.com/envoy.config.';
const LISTENER_TYPE = `${TYPE}listener.v3.Listener`;
const CLUSTER_TYPE = `${TYPE}cluster.v3.Cluster`;
const DIGEST_CHARACTERS = 16;

export class XdsFiles {
  readonly #directory: string;
  #current: NodeConfig = { listeners: [], clusters: [], ports: [] };
  /** Clusters that the table has no more, by name. */
  #leaving = new Map<string, NamedResource>();
  #written: Partial<XdsVersions> = {};

  /** Makes the folder; for its owner alone. */
  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Clusters first: a listener that Envoy takes up finds its own. What is as it was is not written again. */
  write(config: NodeConfig): XdsVersions {
    const names = new Set(config.clusters.map(({ name }) => name));
    for (const cluster of this.#current.clusters) this.#leaving.set(cluster.name, cluster);
    for (const name of names) this.#leaving.delete(name);
    this.#current = config;
    return this.#flush();
  }

  /** Lets go of the clusters of listeners that are gone: to be called when Envoy has drained them. */
  prune(): XdsVersions {
    this.#leaving = new Map();
    return this.#flush();
  }

  #flush(): XdsVersions {
    const { listeners, clusters } = this.#current;
    const all = [...clusters, ...this.#leaving.values()];
    const versions = {
      clusters: this.#put(CLUSTERS_FILE, CLUSTER_TYPE, all, this.#written.clusters),
      listeners: this.#put(LISTENERS_FILE, LISTENER_TYPE, listeners, this.#written.listeners),
    };
    this.#written = versions;
    return versions;
  }

  #put(file: string, type: string, all: readonly NamedResource[], written: string | undefined): string {
    const resources = all.map((resource) => ({ '@type': type, ...resource }));
    const text = JSON.stringify(resources);
    const version = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARACTERS);
    if (version === written) return version;
    const path = join(this.#directory, file);
    writeDurably(`${path}.new`, `{"version_info":"${version}","resources":${text}}\n`);
    renameSync(`${path}.new`, path);
    return version;
  }
}

/** On the disk before it gets its name: after a crash there is the old file or the new one. */
function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
