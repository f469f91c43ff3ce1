/** Requests to an API server as its administrator, or as whom a token names: what kubectl would be used for. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';

/** What the server says of an object; a test that reads other fields names their shape. */
export interface Answer {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
  };
}

/** An object as a test writes it down. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** The server has said no. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface RequestOptions {
  readonly token?: string;
  /** Default: JSON; of PATCH a merge patch. */
  readonly contentType?: string;
  /** Default: whatever the server likes. */
  readonly accept?: string;
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface ResourceList {
  readonly resources: readonly Resource[];
}

interface Definition extends Manifest {
  readonly spec: {
    readonly group: string;
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
    readonly names: { readonly plural: string };
  };
}

const POLL_MS = 50;
const FIELD_MANAGER = 'test';
/** Requests under way at once. */
const SOCKETS_MAX = 64;

export class ApiRequests {
  readonly #url: string;
  readonly #authority: string;
  readonly #token: string;
  readonly #resources = new Map<string, readonly Resource[]>();
  #agent: Agent | undefined;

  /** @param authority path of the certificate that signs the server's */
  constructor(url: string, authority: string, token: string) {
    this.#url = url;
    this.#authority = authority;
    this.#token = token;
  }

  /** @throws ApiRefusal for any status but 2xx */
  async request<T = Answer>(
    method: string,
    path: string,
    body?: unknown,
    options: RequestOptions = {},
  ): Promise<T> {
    this.#agent ??= new Agent({
      keepAlive: true,
      maxSockets: SOCKETS_MAX,
      ca: readFileSync(this.#authority),
    });
    const { token = this.#token, contentType, accept } = options;
    const type = contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    const headers = { authorization: `Bearer ${token}`, 'content-type': type, ...(accept && { accept }) };
    const { promise, resolve, reject } = Promise.withResolvers<readonly [number, string]>();
    const sent = request(new URL(path, this.#url), { method, headers, agent: this.#agent }, (response) => {
      text(response).then((answer) => resolve([response.statusCode ?? 0, answer]), reject);
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [status, answer] = await promise;
    if (status < 200 || status > 299) throw new ApiRefusal(status, `${method} ${path}: ${status} ${answer}`);
    // What is no object is a word, such as that of /readyz.
    return (answer.startsWith('{') ? JSON.parse(answer) : answer) as T;
  }

  get<T = Answer>(path: string, options?: RequestOptions): Promise<T> {
    return this.request<T>('GET', path, undefined, options);
  }

  /** Path of an object: `/apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME`. */
  async pathOf({ apiVersion, kind, metadata }: Manifest): Promise<string> {
    return `${await this.collectionOf(apiVersion, kind, metadata.namespace)}/${metadata.name}`;
  }

  /** Path of a kind's objects, of all namespaces where none is named. */
  async collectionOf(apiVersion: string, kind: string, namespace?: string): Promise<string> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const isKind = (resource: Resource): boolean => resource.kind === kind && !resource.name.includes('/');
    let resource = this.#resources.get(root)?.find(isKind);
    if (resource === undefined) {
      // A definition may have been applied since.
      const { resources } = await this.get<ResourceList>(root);
      this.#resources.set(root, resources);
      resource = resources.find(isKind);
    }
    if (resource === undefined) throw new ApiRefusal(404, `${apiVersion} has no kind ${kind}`);
    const inside = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
    return `${root}${inside}/${resource.name}`;
  }

  /**
   * Server-side apply, one after the other, with force.
   *
   * @param documents objects, or a text of YAML documents; of kinds with namespaces each must name its own
   */
  async apply(documents: string | readonly Manifest[]): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const manifest of typeof documents === 'string' ? manifestsIn(documents) : documents) {
      answers.push(await this.#applyOne(manifest));
    }
    return answers;
  }

  async #applyOne(manifest: Manifest): Promise<Answer> {
    const path = await this.pathOf(manifest);
    const answer = await this.request('PATCH', `${path}?fieldManager=${FIELD_MANAGER}&force=true`, manifest, {
      contentType: 'application/apply-patch+yaml',
    });
    if (manifest.kind === 'CustomResourceDefinition') await this.#served(manifest as Definition);
    return answer;
  }

  /** Until the kind can be asked for: it is announced before it is served. */
  async #served({ spec: { group, versions, names } }: Definition): Promise<void> {
    for (const { name, served } of versions) {
      while (served && !(await this.#isServed(`/apis/${group}/${name}`, names.plural)))
        await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }

  async #isServed(root: string, plural: string): Promise<boolean> {
    try {
      const { resources } = await this.get<ResourceList>(root);
      if (!resources.some(({ name }) => name === plural)) return false;
      await this.get(`${root}/${plural}?limit=1`);
      return true;
    } catch (error) {
      // Not there yet, or there and not ready to be listed.
      if (error instanceof ApiRefusal && [404, 429].includes(error.status)) return false;
      throw error;
    }
  }

  /** Status alone: what controllers and kubelets write. */
  async patchStatus(manifest: Manifest, status: unknown): Promise<Answer> {
    return this.request('PATCH', `${await this.pathOf(manifest)}/status`, { status });
  }

  async remove(manifest: Manifest): Promise<void> {
    await this.request('DELETE', `${await this.pathOf(manifest)}?gracePeriodSeconds=0`);
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
  }
}

/** Of a text with any number of YAML documents; empty ones do not count. */
export function manifestsIn(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}
