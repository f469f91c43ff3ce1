/** A real Kubernetes API server with its etcd, in a node's network namespace. No controllers run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { apiFlags, authorityIn, kubeconfigText, tokenOf, writeApiFiles } from '../kubernetes/api-files.ts';
import { ClusterFault, until } from './cluster.ts';
import { inside, type NodeName, run } from './network.ts';

const CLIENT = resolve(import.meta.dirname, './api-request.ts');
const PORT = 6443;
const ADMIN = 'admin';
/** kube-proxy has the rights that a cluster gives it, by the name of its user. */
const PROXY = 'system:kube-proxy';

export interface ApiRequest {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: unknown;
}

export class ApiServer {
  readonly directory = new TemporaryDirectory('sluice-api-');
  readonly #node: NodeName;
  readonly #url: string;
  readonly #child: ChildProcess;

  /** @param address of the node, where other nodes reach it */
  constructor(program: string, node: NodeName, address: string) {
    this.#node = node;
    this.#url = `https://${address}:${PORT}`;
    writeApiFiles(this.directory.path, [{ name: ADMIN, groups: ['system:masters'] }, { name: PROXY }]);
    const log = openSync(this.directory.join('log'), 'a');
    const [file = '', ...rest] = inside(node, [
      program,
      this.directory.path,
      ...apiFlags(this.directory.path, address, PORT),
    ]);
    this.#child = spawn(file, rest, { stdio: ['pipe', log, log] });
  }

  get #ca(): string {
    return authorityIn(this.directory.path);
  }

  get log(): string {
    return readFileSync(this.directory.join('log'), 'utf8');
  }

  /** Until it has made its own roles and namespaces. */
  async ready(): Promise<void> {
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:node-proxier';
    await until(() => {
      if (this.#child.exitCode !== null) throw new ClusterFault(`the API server ended: ${this.log}`);
      return existsSync(this.#ca) && this.#answers('/readyz') && this.#answers(roles);
    });
  }

  #answers(path: string): boolean {
    try {
      this.#ask([{ method: 'GET', path, body: undefined }]);
      return true;
    } catch (error) {
      // Refused, or not there yet.
      if (error instanceof Error && error.name === 'NetworkFault') return false;
      throw error;
    }
  }

  #ask(requests: readonly unknown[]): void {
    const input = { url: this.#url, token: tokenOf(ADMIN), ca: readFileSync(this.#ca, 'utf8'), requests };
    run(inside(this.#node, [process.execPath, CLIENT]), JSON.stringify(input));
  }

  /** One after the other. */
  write(requests: readonly ApiRequest[]): void {
    this.#ask(requests);
  }

  /** Path of a kubeconfig for kube-proxy. */
  kubeconfig(): string {
    const path = this.directory.join('kubeconfig');
    writeFileSync(path, kubeconfigText(this.#url, this.#ca, tokenOf(PROXY)));
    return path;
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode, stdin } = this.#child;
    const exited = new Promise((done) => this.#child.once('exit', done));
    stdin?.end();
    if (exitCode === null && signalCode === null) await exited;
    this.directory.remove();
  }
}
