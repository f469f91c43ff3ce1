/** Pods to be cut off, and an API server that is watched, or fails, while it happens. */
import { ApiClient, ControllerError, loadKubeconfig } from '@sluice/controller';
import type { Api, ApiAnswer, ApiRequest } from '@sluice/controller/quarantine';
import type { Answer, ApiRequests } from '../api-requests.ts';
import { podStatus } from '../fake-workloads.ts';

export const apiOf = (kubeconfig: string): ApiClient => new ApiClient(loadKubeconfig({ kubeconfig }));

/** Passes on what it is asked, and remembers it. */
export class WatchedApi implements Api {
  readonly requests: ApiRequest[] = [];
  /** Called before each request; what it throws is the answer. */
  before: (request: ApiRequest) => Promise<void> | void = () => undefined;
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async send(request: ApiRequest): Promise<ApiAnswer> {
    await this.before(request);
    this.requests.push(request);
    return this.#api.send(request);
  }

  /** What changes something: reviews of rights are asked by POST, and change nothing. */
  get writes(): readonly string[] {
    return this.requests
      .filter(({ method, path }) => method !== 'GET' && !/\/selfsubject(access)?reviews$/.test(path))
      .map(({ method, path }) => `${method} ${path}`);
  }
}

/** As a process that dies, or a network that breaks. */
export const broken = (): ControllerError =>
  new ControllerError('KUBERNETES_UNREACHABLE', { reason: 'made so by a test' });

export interface PodOptions {
  /** Deployment of which it is a pod; absent for a pod that belongs to nothing. */
  readonly of?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ready?: boolean;
  readonly hostNetwork?: boolean;
  readonly address?: string;
}

const HASH = '5d4f9c6b7d';

export async function makePod(
  api: ApiRequests,
  namespace: string,
  name: string,
  options: PodOptions = {},
): Promise<string> {
  const { of, labels = {}, annotations = {}, ready = true, hostNetwork = false, address } = options;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${of}-${HASH}`, uid: `${of}-uid` };
  const { metadata } = await api.request('POST', path, {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name, annotations },
      labels: { ...labels, ...(of === undefined ? {} : { app: of, 'pod-template-hash': HASH }) },
      ...(of === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
    },
    spec: { nodeName: 'node-a', hostNetwork, containers: [{ name: 'app', image: 'app' }] },
  });
  await api.request('PATCH', `${path}/${name}/status`, { status: podStatus(address ?? '10.128.0.1', ready) });
  return metadata.uid;
}

/** Two ready pods of a Deployment: one may go. */
export async function makeWorkload(api: ApiRequests, namespace: string, of: string): Promise<string> {
  await makePod(api, namespace, `${of}-2`, { of });
  return makePod(api, namespace, `${of}-1`, { of });
}

export interface PodMetadata {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export const getPod = (api: ApiRequests, namespace: string, name: string): Promise<PodMetadata> =>
  api.get(`/api/v1/namespaces/${namespace}/pods/${name}`);

export const deletePod = (api: ApiRequests, namespace: string, name: string): Promise<unknown> =>
  api.request('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`);

export interface PolicyAnswer extends Answer {
  readonly spec: unknown;
}

/** Names and specs of a namespace's NetworkPolicies. */
export async function policiesIn(
  api: ApiRequests,
  namespace: string,
): Promise<Readonly<Record<string, unknown>>> {
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
  const { items } = await api.get<{ items: readonly PolicyAnswer[] }>(path);
  return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec]));
}

/** Definitions that a test needs no more of than that they are served. */
export function definition(
  group: string,
  version: string,
  kind: string,
  plural: string,
  scope: string,
): string {
  return JSON.stringify({
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, of a test' },
    },
    spec: {
      ...{ group, scope, names: { plural, singular: kind.toLowerCase(), kind } },
      versions: [
        {
          ...{ name: version, served: true, storage: true },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
}
