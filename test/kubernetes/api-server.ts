/**
 * A real Kubernetes API server with its etcd on a loopback address: 3 s to start, 305 MB. No controllers run: namespaces stay
 * Terminating, owners do not take what they own along, Deployments make no pods (fake-workloads.ts does), aggregated roles such
 * as `view` have no rules. So each test takes a namespace of its own; what has none is the test file's, which has a server of
 * its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, globSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { kubernetesPrograms } from '../../packages/cli/src/setup/kubernetes.ts';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { type ApiUser, apiFlags, authorityIn, kubeconfigText, tokenOf, writeApiFiles } from './api-files.ts';
import { ApiRefusal, ApiRequests } from './api-requests.ts';

const HOST = '127.0.0.1';
const LOG_BYTES = 4000;
const POLL_MS = 50;
export const ADMIN = 'admin';
const CRDS = resolve(import.meta.dirname, '../../deploy/crds');

export class ApiServerFault extends Error {
  override readonly name = 'ApiServerFault';
}

export interface ApiServerOptions {
  /** Beside the administrator. */
  readonly users?: readonly ApiUser[];
  /** Behind those of apiFlags(). */
  readonly flags?: readonly string[];
}

export class ApiServer extends ApiRequests {
  readonly directory: TemporaryDirectory;
  readonly port: number;
  readonly url: string;
  readonly #flags: readonly string[];
  #child: ChildProcess;
  #namespaces = 0;

  private constructor(directory: TemporaryDirectory, port: number, flags: readonly string[]) {
    const url = `https://${HOST}:${port}`;
    super(url, authorityIn(directory.path), tokenOf(ADMIN));
    this.directory = directory;
    this.port = port;
    this.url = url;
    this.#flags = flags;
    this.#child = this.#spawn();
  }

  /** Ready when it resolves. @throws ApiServerFault with its log where it does not start */
  static async start({ users = [], flags = [] }: ApiServerOptions = {}): Promise<ApiServer> {
    const directory = new TemporaryDirectory('sluice-api-');
    writeApiFiles(directory.path, [{ name: ADMIN, groups: ['system:masters'] }, ...users]);
    const server = new ApiServer(directory, await freePort(), flags);
    await server.#ready();
    return server;
  }

  #spawn(): ChildProcess {
    const programs = kubernetesPrograms();
    if (programs === null) throw new ApiServerFault('set-up has not built the API server');
    const log = openSync(this.directory.join('log'), 'a');
    const flags = [...apiFlags(this.directory.path, HOST, this.port), ...this.#flags];
    // It ends when its standard input does, so with this process.
    return spawn(programs.apiServer, [this.directory.path, ...flags], { stdio: ['pipe', log, log] });
  }

  /** Until it has made its own roles and namespaces. */
  async #ready(): Promise<void> {
    const exited = (): boolean => this.#child.exitCode !== null || this.#child.signalCode !== null;
    for (;;) {
      if (exited()) throw new ApiServerFault(`the API server ended: ${this.log}`);
      if (existsSync(this.authority) && (await this.#answers())) return;
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }

  async #answers(): Promise<boolean> {
    try {
      await this.get('/readyz');
      await this.get('/api/v1/namespaces/default');
      return true;
    } catch (error) {
      // Not listening yet, or not all there.
      if (error instanceof ApiRefusal || (error instanceof Error && 'code' in error)) return false;
      throw error;
    }
  }

  /** Path of the certificate that signs the server's: itself. */
  get authority(): string {
    return authorityIn(this.directory.path);
  }

  /** The last of it. */
  get log(): string {
    return readFileSync(this.directory.join('log'), 'utf8').slice(-LOG_BYTES);
  }

  /**
   * Path of a kubeconfig.
   *
   * @param token of the administrator where absent; tokenOf() of a user, or one of serviceAccount()
   * @param url of what stands in front of the server, where it is not asked itself
   */
  kubeconfig(token = tokenOf(ADMIN), url = this.url): string {
    const path = this.directory.join(`kubeconfig-${crypto.randomUUID()}`);
    writeFileSync(path, kubeconfigText(url, this.authority, token));
    return path;
  }

  /** The name of a new one. */
  async namespace(labels: Readonly<Record<string, string>> = {}): Promise<string> {
    this.#namespaces += 1;
    const name = `test-${this.#namespaces}`;
    const metadata = { name, labels };
    await this.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    return name;
  }

  /** A token of a new service account, as kubelets give them to pods: it may do what is bound to it. */
  async serviceAccount(namespace: string, name: string): Promise<string> {
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await this.request('POST', accounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
    });
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const path = `${accounts}/${name}/token`;
    return (await this.request<{ status: { token: string } }>('POST', path, asked)).status.token;
  }

  /** Those of deploy/crds/, until they are served. */
  async applyDefinitions(): Promise<void> {
    for (const file of globSync('*.yaml', { cwd: CRDS }).sort()) {
      await this.apply(readFileSync(join(CRDS, file), 'utf8'));
    }
  }

  /** As a power cut ends it. The data stay. */
  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    this.close();
    if (exitCode !== null || signalCode !== null) return;
    const exited = new Promise((done) => this.#child.once('exit', done));
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** On the same data and port; ready when it resolves. */
  async restart(): Promise<void> {
    await this.kill();
    this.#child = this.#spawn();
    await this.#ready();
  }

  async stop(): Promise<void> {
    await this.kill();
    this.directory.remove();
  }
}
