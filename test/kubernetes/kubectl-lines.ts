/** What `kubectl` does for the lines of a page, by the API: those commands, and no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, ApiRequests } from './api-requests.ts';

export class UnknownLine extends Error {
  override readonly name = 'UnknownLine';
}

interface Resource {
  readonly name: string;
  readonly singularName: string;
  readonly shortNames?: readonly string[];
  readonly namespaced: boolean;
}

interface Groups {
  readonly groups: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
}

interface Flags {
  readonly words: readonly string[];
  readonly namespace: string | undefined;
  readonly file: string | undefined;
}

const POLL_MILLIS = 100;
const IGNORED = /^(--for=|--timeout=|--clusterrole=|--serviceaccount=)/;

/** Flags that take a word, and whether it matters. */
const TAKING: Readonly<Record<string, 'namespace' | 'file' | 'ignored'>> = {
  '-n': 'namespace',
  '-f': 'file',
  '-o': 'ignored',
};

function read(argv: readonly string[]): Flags {
  const words: string[] = [];
  const given = new Map<string, string>();
  const left = [...argv];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const taking = TAKING[word];
    if (taking !== undefined) given.set(taking, left.shift() ?? '');
    else if (!word.startsWith('-')) words.push(word);
    else if (!IGNORED.test(word)) throw new UnknownLine(`kubectl … ${word}`);
  }
  return { words, namespace: given.get('namespace'), file: given.get('file') };
}

export class KubectlLines {
  readonly #api: ApiRequests;
  readonly #folder: string;

  /** @param folder that paths of files start from */
  constructor(api: ApiRequests, folder: string) {
    this.#api = api;
    this.#folder = folder;
  }

  /** @throws UnknownLine for a command that is none of these; ApiRefusal */
  async run(argv: readonly string[]): Promise<void> {
    const { words, namespace, file } = read(argv);
    const [verb = '', ...rest] = words;
    const [kind = '', name = ''] = (rest[0] ?? '').includes('/') ? (rest[0] ?? '').split('/') : rest;
    if (verb === 'create' && kind === 'namespace') {
      const metadata = { name };
      await this.#api.request('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata,
      });
    } else if (verb === 'create') {
      await this.#create(kind, rest[1] ?? '', namespace ?? '', argv);
    } else if (verb === 'apply' && file !== undefined) {
      await this.#api.apply(readFileSync(join(this.#folder, file), 'utf8'));
    } else if (verb === 'label' || verb === 'annotate') {
      const field = verb === 'label' ? 'labels' : 'annotations';
      const changed = Object.fromEntries(rest.slice(2).map(assignment));
      await this.#api.request('PATCH', await this.#path(kind, namespace, name), {
        metadata: { [field]: changed },
      });
    } else if (verb === 'wait') {
      const [, type = ''] =
        /^--for=condition=(\w+)$/.exec(argv.find((word) => word.startsWith('--for=')) ?? '') ?? [];
      await this.#told(await this.#path(kind, namespace, name), type);
    } else if (['get', 'describe', 'port-forward'].includes(verb)) {
      await this.#api.request('GET', await this.#path(kind, namespace, name));
    } else if (verb === 'exec') {
      const path = name === '' ? this.#path('pods', namespace, kind) : this.#path(kind, namespace, name);
      await this.#api.request('GET', await path);
    } else if (verb === 'explain') {
      await this.#explain(kind);
    } else if (verb === 'delete') {
      for (const each of rest.slice(1))
        await this.#api.request('DELETE', await this.#path(kind, namespace, each));
    } else throw new UnknownLine(`kubectl ${argv.join(' ')}`);
  }

  /** A service account, a token of one, or a role for one. */
  async #create(kind: string, name: string, namespace: string, argv: readonly string[]): Promise<void> {
    const inside = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    const flag = (word: string): string =>
      argv.find((each) => each.startsWith(`--${word}=`))?.replace(/^[^=]*=/, '') ?? '';
    if (kind === 'serviceaccount') await this.#api.request('POST', inside, { metadata: { name } });
    else if (kind === 'token') {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
      await this.#api.request('POST', `${inside}/${name}/token`, body);
    } else if (kind === 'rolebinding') {
      const apiGroup = 'rbac.authorization.k8s.io';
      const role = flag('clusterrole');
      const [of = '', account = ''] = flag('serviceaccount').split(':');
      // The API server takes a binding of a role that is not there.
      await this.#api.request('GET', `/apis/${apiGroup}/v1/clusterroles/${role}`);
      await this.#api.request('POST', `/apis/${apiGroup}/v1/namespaces/${namespace}/rolebindings`, {
        metadata: { name },
        roleRef: { apiGroup, kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'ServiceAccount', name: account, namespace: of }],
      });
    } else throw new UnknownLine(`kubectl create ${kind}`);
  }

  /** Until the condition is there, whatever it says: what makes it true is more than an API server. */
  async #told(path: string, type: string): Promise<void> {
    type Told = Answer & { status?: { conditions?: readonly { readonly type: string }[] } };
    for (;;) {
      const { status } = await this.#api.request<Told>('GET', path);
      if (status?.conditions?.some((condition) => condition.type === type)) return;
      await sleep(POLL_MILLIS);
    }
  }

  /** A path of fields, as `wafpolicy.spec`: they are in the schema, and have a text. */
  async #explain(path: string): Promise<void> {
    const [kind = '', ...fields] = path.split('.');
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const { name } = await this.#resource(kind);
    type Schema = { description?: string; properties?: Record<string, Schema> };
    type Crd = Answer & {
      spec: { names: { plural: string }; versions: { schema: { openAPIV3Schema: Schema } }[] };
    };
    const { items } = await this.#api.request<{ items: readonly Crd[] }>('GET', crds);
    let schema = items.find(({ spec }) => spec.names.plural === name)?.spec.versions[0]?.schema
      .openAPIV3Schema;
    for (const field of fields) schema = schema?.properties?.[field];
    if (schema?.properties === undefined) throw new UnknownLine(`kubectl explain ${path}`);
  }

  async #path(kind: string, namespace: string | undefined, name: string): Promise<string> {
    const { root, name: plural, namespaced } = await this.#resource(kind);
    const inside = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
    return `${root}${inside}/${plural}${name === '' ? '' : `/${name}`}`;
  }

  /** By plural, singular or short name, as kubectl finds it. */
  async #resource(word: string): Promise<Resource & { readonly root: string }> {
    const { groups } = await this.#api.request<Groups>('GET', '/apis');
    const roots = groups.flatMap(({ versions }) =>
      versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
    );
    for (const root of ['/api/v1', ...roots]) {
      const { resources } = await this.#api.request<{ resources: readonly Resource[] }>('GET', root);
      const found = resources.find(
        ({ name, singularName, shortNames = [] }) =>
          !name.includes('/') && [name, singularName, ...shortNames].includes(word),
      );
      if (found !== undefined) return { ...found, root };
    }
    throw new UnknownLine(`kubectl knows no ${word}`);
  }
}

/** `key=value`, or `key-`, which takes it away. */
function assignment(text: string): readonly [string, string | null] {
  if (text.endsWith('-')) return [text.slice(0, -1), null];
  const at = text.indexOf('=');
  if (at < 1) throw new UnknownLine(text);
  return [text.slice(0, at), text.slice(at + 1)];
}
