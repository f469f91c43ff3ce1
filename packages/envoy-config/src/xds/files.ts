/**
 * Envoy's listeners, clusters and routes as files, which it reads again whenever one is moved into place. Clusters and routes go when nobody
 * can need them any more: connections that Envoy still drains ask for them with their last requests.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { retain, retainHosts } from '../node/retain.ts';
import { ROUTES_FOLDER } from '../node/routes.ts';
import { CLUSTERS_FILE, LISTENERS_FILE } from '../resources/bootstrap.ts';
import type { Listener, NamedResource, NodeConfig, RouteTable } from '../table.ts';

/** `version_info` of what was written: digests of the content. Envoy says which it has accepted (state.ts). */
export interface XdsVersions {
  readonly listeners: string;
  readonly clusters: string;
  /** Of tables of routes, by name. Envoy has those that its listeners ask for. */
  readonly routes: ReadonlyMap<string, string>;
}

const TYPE = 'type.googleapis.com/envoy.config.';
const LISTENER_TYPE = `${TYPE}listener.v3.Listener`;
const CLUSTER_TYPE = `${TYPE}cluster.v3.Cluster`;
const ROUTES_TYPE = `${TYPE}route.v3.RouteConfiguration`;
const DIGEST_CHARACTERS = 16;

export class XdsFiles {
  readonly #directory: string;
  #current: Pick<NodeConfig, 'listeners' | 'routes' | 'clusters'> = {
    listeners: [],
    routes: [],
    clusters: [],
  };
  /** Clusters that the table has no more, by name. */
  #leaving = new Map<string, NamedResource>();
  /** Tables as they are written, with virtual hosts that the table has no more; by file. */
  #tables = new Map<string, RouteTable>();
  /** By file. */
  #written = new Map<string, string>();

  /**
   * Makes the folder; for its owner alone.
   * @param goesOn whether an Envoy runs that has read what is in the folder: what its connections were made by is kept
   */
  constructor(directory: string, goesOn = false) {
    this.#directory = directory;
    const routes = join(directory, ROUTES_FOLDER);
    mkdirSync(routes, { recursive: true, mode: 0o700 });
    if (!goesOn) return;
    this.#current = { ...this.#current, listeners: readResources<Listener>(join(directory, LISTENERS_FILE)) };
    for (const name of readdirSync(routes)) {
      const [table] = readResources<RouteTable>(join(routes, name));
      if (table !== undefined) this.#tables.set(`${ROUTES_FOLDER}/${name}`, table);
    }
  }

  /** Routes and clusters first: a listener that Envoy takes up finds its own. What is as it was is not written again. */
  write(config: NodeConfig): XdsVersions {
    const names = new Set(config.clusters.map(({ name }) => name));
    for (const cluster of this.#current.clusters) this.#leaving.set(cluster.name, cluster);
    for (const name of names) this.#leaving.delete(name);
    const former = new Map(this.#current.listeners.map((listener) => [listener.name, listener]));
    const listeners = config.listeners.map((listener) => retain(former.get(listener.name), listener));
    this.#current = { ...config, listeners };
    for (const { file, table } of config.routes)
      this.#tables.set(file, retainHosts(this.#tables.get(file), table));
    return this.#flush();
  }

  /** Lets go of the clusters and routes of listeners that are gone: to be called when Envoy has drained them. */
  prune(): XdsVersions {
    this.#leaving = new Map();
    const { routes } = this.#current;
    this.#tables = new Map(routes.map(({ file, table }) => [file, table]));
    const known = new Set(routes.map(({ file }) => basename(file)));
    for (const file of readdirSync(join(this.#directory, ROUTES_FOLDER))) {
      // Another version's.
      if (!known.has(file)) rmSync(join(this.#directory, ROUTES_FOLDER, file), { force: true });
    }
    return this.#flush();
  }

  #flush(): XdsVersions {
    const { listeners, clusters, routes } = this.#current;
    const all = [...clusters, ...this.#leaving.values()];
    return {
      clusters: this.#put(CLUSTERS_FILE, CLUSTER_TYPE, all),
      routes: new Map(
        routes.map(({ file, table }) => [
          table.name,
          this.#put(file, ROUTES_TYPE, [this.#tables.get(file) ?? table]),
        ]),
      ),
      listeners: this.#put(LISTENERS_FILE, LISTENER_TYPE, listeners),
    };
  }

  #put(file: string, type: string, all: readonly NamedResource[]): string {
    const resources = all.map((resource) => ({ '@type': type, ...resource }));
    const text = JSON.stringify(resources);
    const version = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARACTERS);
    if (version === this.#written.get(file)) return version;
    this.#written.set(file, version);
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

/** What a former process has written; nothing where there is none, or it cannot be read: then nothing is kept. */
function readResources<Kind extends NamedResource>(path: string): readonly Kind[] {
  if (!existsSync(path)) return [];
  try {
    const { resources }: { resources: Kind[] } = JSON.parse(readFileSync(path, 'utf8'));
    return resources;
  } catch {
    // Connections of chains that are not known are drained, as those of any listener that goes.
    return [];
  }
}
