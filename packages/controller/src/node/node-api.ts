/** What a node asks of the API server, beside its watches: no lists, and nothing but what it was told of. */
import { z } from 'zod';
import { type Api, isSuccess, statusBody } from '../apply/api.ts';
import { ControllerError } from '../errors.ts';
import { API_VERSION, GROUP, NODE_FIELD_MANAGER, VERSION } from '../kinds/names.ts';
import type { NodeReport } from '../plan/node-report.ts';
import { policyConfigMapName } from '../policy-content.ts';
import { NODE_LIMITS } from './limits.ts';

export interface NodeApi {
  /** Data of a policy's ConfigMap; null where it is not there. @throws ControllerError */
  policy(digest: string): Promise<Readonly<Record<string, string>> | null>;
  /** Data of a Secret, in base 64; null where it is not there. @throws ControllerError */
  secret(namespace: string, name: string): Promise<unknown>;
  /** False where there is no object to write it to. @throws ControllerError */
  report(node: string, report: NodeReport): Promise<boolean>;
}

const NOT_FOUND = 404;

const withData = z.object({ data: z.record(z.string(), z.string()).default({}) });

const APPLY = 'application/apply-patch+yaml';

export class ApiNode implements NodeApi {
  readonly #api: Api;
  readonly #namespace: string;

  /** @param namespace where Sluice itself runs, with the ConfigMaps of policies */
  constructor(api: Api, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
  }

  async policy(digest: string): Promise<Readonly<Record<string, string>> | null> {
    const path = `/api/v1/namespaces/${encodeURIComponent(this.#namespace)}/configmaps/${policyConfigMapName(digest)}`;
    const body = await this.#get(path);
    return body === null ? null : read(path, withData, body).data;
  }

  async secret(namespace: string, name: string): Promise<unknown> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
    const body = await this.#get(path);
    return body === null ? null : read(path, withData, body).data;
  }

  async report(node: string, status: NodeReport): Promise<boolean> {
    const query = new URLSearchParams({ fieldManager: NODE_FIELD_MANAGER, force: 'true' });
    const name = encodeURIComponent(node);
    const path = `/apis/${GROUP}/${VERSION}/sluicenodes/${name}/status?${query}`;
    const body = { apiVersion: API_VERSION, kind: 'SluiceNode', metadata: { name: node }, status };
    const timeoutMillis = NODE_LIMITS.requestMillisMax;
    const answer = await this.#api.send({ method: 'PATCH', path, body, contentType: APPLY, timeoutMillis });
    if (answer.status === NOT_FOUND) return false;
    if (isSuccess(answer)) return true;
    throw refused(`PATCH ${path}`, answer.status, statusBody(answer).message ?? '');
  }

  /** Null where it is not there. */
  async #get(path: string): Promise<unknown> {
    const answer = await this.#api.send({ method: 'GET', path, timeoutMillis: NODE_LIMITS.requestMillisMax });
    if (answer.status === NOT_FOUND) return null;
    if (isSuccess(answer)) return answer.body;
    throw refused(`GET ${path}`, answer.status, statusBody(answer).message ?? '');
  }
}

const refused = (what: string, status: number, reason: string): ControllerError =>
  new ControllerError('KUBERNETES_REFUSED', { what, status, reason });

function read<T extends z.ZodType>(path: string, schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ControllerError('KUBERNETES_REFUSED', {
    what: `GET ${path}`,
    status: 200,
    reason: 'no such object',
  });
}
