/** A real Kubernetes API server with its etcd, in a node's network namespace. No controllers run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { ClusterFault, until } from './cluster.ts';
import { inside, type NodeName, run } from './network.ts';

const CLIENT = resolve(import.meta.dirname, './api-request.ts');
const PORT = 6443;
const ADMIN = 'admin';
const PROXY = 'proxy';

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
    // kube-proxy has the rights that a cluster gives it, by the name of its user.
    writeFileSync(
      this.directory.join('tokens'),
      `${ADMIN},admin,admin,system:masters\n${PROXY},system:kube-proxy,system:kube-proxy\n`,
    );
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(this.directory.join('key.pem'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
    const log = openSync(this.directory.join('log'), 'a');
    const [file = '', ...rest] = inside(node, [program, this.directory.path, ...this.#flags(address)]);
    this.#child = spawn(file, rest, { stdio: ['pipe', log, log] });
  }

  #flags(address: string): readonly string[] {
    const key = this.directory.join('key.pem');
    return [
      ...[`--bind-address=${address}`, `--advertise-address=${address}`, `--secure-port=${PORT}`],
      ...[`--cert-dir=${this.directory.join('certificates')}`, '--service-cluster-ip-range=10.96.0.0/16'],
      ...['--service-account-issuer=https://sluice.test', `--service-account-key-file=${key}`],
      ...[`--service-account-signing-key-file=${key}`, `--token-auth-file=${this.directory.join('tokens')}`],
      ...['--authorization-mode=RBAC', '--endpoint-reconciler-type=none'],
      '--disable-admission-plugins=ServiceAccount',
    ];
  }

  get #ca(): string {
    return this.directory.join('certificates/apiserver.crt');
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
    const input = { url: this.#url, token: ADMIN, ca: readFileSync(this.#ca, 'utf8'), requests };
    run(inside(this.#node, [process.execPath, CLIENT]), JSON.stringify(input));
  }

  /** One after the other. */
  write(requests: readonly ApiRequest[]): void {
    this.#ask(requests);
  }

  /** Path of a kubeconfig for kube-proxy. */
  kubeconfig(): string {
    const path = this.directory.join('kubeconfig');
    const name = 'sluice';
    const configuration = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
      clusters: [{ name, cluster: { server: this.#url, 'certificate-authority': this.#ca } }],
      users: [{ name, user: { token: PROXY } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    };
    writeFileSync(path, JSON.stringify(configuration));
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
