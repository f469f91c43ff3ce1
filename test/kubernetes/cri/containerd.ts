/**
 * A real containerd with sandboxes of pods, as a kubelet asks for them. It lives in process and mount namespaces of its own, so that nothing
 * of it outlives the test, whatever ends that.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { TemporaryDirectory } from '../../../packages/cli/src/envoy/temporary.ts';
import { execute, PAUSE_IMAGE, ToolFault, writePauseImage } from './image.ts';

/** What a sandbox needs of a network: nothing but that somebody says that it has one. */
const CNI_PLUGIN = `#!/bin/sh
case "$CNI_COMMAND" in
  VERSION) echo '{"cniVersion":"0.4.0","supportedVersions":["0.3.1","0.4.0"]}' ;;
  ADD) echo '{"cniVersion":"0.4.0","interfaces":[{"name":"'"$CNI_IFNAME"'","sandbox":"'"$CNI_NETNS"'"}],"ips":[{"version":"4","address":"10.250.0.2/24","interface":0}]}' ;;
  *) echo '{}' ;;
esac
`;

const TOOLS = ['containerd', 'ctr', 'runc', 'cc', 'unshare', 'nsenter', 'setpriv', 'tar'];
const LOOK_MILLIS = 50;
const CALL_MILLIS_MAX = 60_000;

/** Why there can be none here; null where there can. */
export function whyNoContainerd(): string | null {
  if (process.getuid?.() !== 0) return 'needs root, for sandboxes';
  for (const tool of TOOLS)
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `needs ${tool}`;
  return null;
}

export interface SandboxConfig {
  readonly uid: string;
  /** Counts a pod's sandboxes. */
  readonly attempt?: number;
  readonly hostNetwork?: boolean;
}

export class Containerd {
  readonly #directory = new TemporaryDirectory('sluice-cri-');
  readonly socket = this.#directory.join('c.sock');
  readonly #root = protobuf.loadSync(join(import.meta.dirname, 'runtime.proto'));
  readonly #client = new Client(`unix:${this.socket}`, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost',
  });
  readonly #child: ChildProcess;
  readonly #sandboxes = new Set<string>();

  private constructor() {
    const log = openSync(this.#directory.join('log'), 'a');
    writeFileSync(this.#directory.join('config.toml'), this.#config());
    const namespaces = ['--pid', '--fork', '--kill-child', '--mount-proc'];
    const program = ['containerd', '-c', this.#directory.join('config.toml')];
    this.#child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', 'unshare', ...namespaces, '--', ...program],
      { stdio: ['ignore', log, log] },
    );
  }

  /** Sandboxes can be asked for when it resolves. */
  static async start(): Promise<Containerd> {
    const containerd = new Containerd();
    const archive = writePauseImage(containerd.#directory.path);
    const argv = ['ctr', '-a', containerd.socket, '-n', 'k8s.io', 'images', 'import', archive];
    for (;;) {
      const ended = containerd.#child.exitCode !== null || containerd.#child.signalCode !== null;
      if (ended) throw new ToolFault(`containerd ended: ${containerd.log}`);
      if (spawnSync(argv[0] ?? '', argv.slice(1)).status === 0) return containerd;
      await sleep(LOOK_MILLIS);
    }
  }

  #config(): string {
    const { path } = this.#directory;
    mkdirSync(join(path, 'bin'));
    mkdirSync(join(path, 'cni'));
    for (const name of ['none', 'loopback']) {
      writeFileSync(join(path, 'bin', name), CNI_PLUGIN);
      chmodSync(join(path, 'bin', name), 0o755);
    }
    const network = { cniVersion: '0.4.0', name: 'none', plugins: [{ type: 'none' }] };
    writeFileSync(join(path, 'cni/10-none.conflist'), JSON.stringify(network));
    const plugin = '[plugins."io.containerd.grpc.v1.cri"';
    return [
      `version = 2\nroot = "${path}/root"\nstate = "${path}/state"`,
      `[grpc]\naddress = "${this.socket}"`,
      `${plugin}]\nsandbox_image = "${PAUSE_IMAGE}"\nrestrict_oom_score_adj = true`,
      `${plugin}.containerd]\nsnapshotter = "native"`,
      `${plugin}.cni]\nbin_dir = "${path}/bin"\nconf_dir = "${path}/cni"\n`,
    ].join('\n');
  }

  get log(): string {
    return readFileSync(this.#directory.join('log'), 'utf8').slice(-4_000);
  }

  /** @returns its id */
  async run({ uid, attempt = 0, hostNetwork = false }: SandboxConfig): Promise<string> {
    const { podSandboxId } = await this.#call<{ readonly podSandboxId: string }>('RunPodSandbox', {
      config: {
        metadata: { name: uid, uid, namespace: 'shop', attempt },
        linux: { securityContext: { namespaceOptions: { network: hostNetwork ? 2 : 0 } } },
      },
    });
    this.#sandboxes.add(podSandboxId);
    return podSandboxId;
  }

  /** It is there still, and its network namespace is not. */
  async end(podSandboxId: string): Promise<void> {
    await this.#call('StopPodSandbox', { podSandboxId });
  }

  async remove(podSandboxId: string): Promise<void> {
    await this.end(podSandboxId);
    await this.#call('RemovePodSandbox', { podSandboxId });
    this.#sandboxes.delete(podSandboxId);
  }

  /** Number of the network namespace that a path leads to, as containerd sees it. */
  namespaceAt(path: string): string {
    return this.#inside(['stat', '--dereference', '--format', '%i', path]).trim();
  }

  /** Numbers of the network namespaces that programs of sandboxes are in. */
  namespacesOfPrograms(): readonly string[] {
    const pids = this.#inside(['pgrep', '--exact', 'pause']).trim().split('\n');
    return pids.map((pid) => this.namespaceAt(`/proc/${pid}/ns/net`));
  }

  #inside(argv: readonly string[]): string {
    const own = execute(['pgrep', '--parent', String(this.#child.pid)]).trim();
    return execute(['nsenter', '--target', own, '--mount', '--pid', '--', ...argv]);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async stop(): Promise<void> {
    const isUp = this.#child.exitCode === null && this.#child.signalCode === null;
    for (const id of isUp ? [...this.#sandboxes] : []) await this.remove(id);
    this.#client.close();
    await this.kill();
    this.#directory.remove();
  }

  #call<T>(method: string, request: object): Promise<T> {
    const input = this.#root.lookupType(`runtime.v1.${method}Request`);
    const output = this.#root.lookupType(`runtime.v1.${method}Response`);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#client.makeUnaryRequest<object, T>(
      `/runtime.v1.RuntimeService/${method}`,
      (value) => Buffer.from(input.encode(input.fromObject(value)).finish()),
      (bytes) => output.toObject(output.decode(bytes)) as T,
      request,
      { deadline: Date.now() + CALL_MILLIS_MAX },
      (error: ServiceError | null, value) => {
        if (error === null && value !== undefined) resolve(value);
        else reject(new ToolFault(`${method}: ${error?.details}: ${this.log}`));
      },
    );
    return promise;
  }
}
