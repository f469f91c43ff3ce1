/** Containers by runc, with what Kubernetes gives them: capabilities, a read-only root, seccomp, masked paths. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class ContainerFault extends Error {
  override readonly name = 'ContainerFault';
}

/** The profile of the packages around buildah, which is Docker's; containerd's own is made of the same. */
const SECCOMP = '/usr/share/containers/seccomp.json';
/** As containerd and runc have them where a pod does not ask for more. */
const MASKED = [
  ...['/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list'],
  ...['/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware'],
];
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly readOnly?: boolean;
  /** Mounts that the host makes later come along. */
  readonly propagation?: 'HostToContainer';
}

export interface ContainerOptions {
  /** Where umoci has unpacked the image. */
  readonly bundle: string;
  readonly user: number;
  readonly capabilities?: readonly string[];
  readonly noNewPrivileges?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly mounts?: readonly Mount[];
  readonly argv: readonly string[];
}

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly unknown[];
  readonly errnoRet?: number;
  readonly includes?: { readonly caps?: readonly string[]; readonly arches?: readonly string[] };
  readonly excludes?: { readonly caps?: readonly string[]; readonly arches?: readonly string[] };
}

function seccomp(capabilities: readonly string[]): unknown {
  const profile: { defaultAction: string; defaultErrnoRet: number; syscalls: readonly Rule[] } = JSON.parse(
    readFileSync(SECCOMP, 'utf8'),
  );
  const has = (names: readonly string[] = []): boolean => names.every((name) => capabilities.includes(name));
  const applies = ({ includes = {}, excludes = {} }: Rule): boolean =>
    has(includes.caps) &&
    (includes.arches === undefined || includes.arches.includes('amd64')) &&
    !(excludes.caps !== undefined && has(excludes.caps)) &&
    excludes.arches?.includes('amd64') !== true;
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: profile.syscalls.filter(applies).map(({ names, action, args = [], errnoRet }) => ({
      ...{ names, action, args },
      ...(errnoRet === undefined ? {} : { errnoRet }),
    })),
  };
}

interface Configuration {
  readonly process: object;
  readonly mounts: readonly { readonly destination: string }[];
  readonly linux: object;
  readonly root: object;
}

/** Unpacks an image of an OCI layout; the folder of the bundle. */
export function unpack(layout: string, directory: string): string {
  const bundle = join(directory, `bundle-${crypto.randomUUID()}`);
  const { status, stderr } = spawnSync('umoci', ['unpack', '--image', `${layout}:latest`, bundle], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new ContainerFault(stderr);
  return bundle;
}

export class Container {
  readonly id = `sluice-${crypto.randomUUID()}`;
  readonly #bundle: string;
  readonly #log: string;
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(options: ContainerOptions) {
    this.#bundle = options.bundle;
    this.#log = join(options.bundle, `${this.id}.log`);
    const configuration = join(options.bundle, 'config.json');
    const found: Configuration = JSON.parse(readFileSync(configuration, 'utf8'));
    writeFileSync(configuration, JSON.stringify(configure(found, options)));
    const log = openSync(this.#log, 'a');
    this.#child = spawn('runc', ['run', '--bundle', this.#bundle, this.id], { stdio: ['ignore', log, log] });
    this.ended = new Promise((done) => this.#child.once('exit', (code) => done(code)));
  }

  get log(): string {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : '';
  }

  /** As the kubelet ends it: SIGTERM to its first process. */
  async end(): Promise<number | null> {
    spawnSync('runc', ['kill', this.id, 'TERM']);
    return this.ended;
  }

  async kill(): Promise<void> {
    spawnSync('runc', ['kill', this.id, 'KILL']);
    await this.ended;
    spawnSync('runc', ['delete', '--force', this.id]);
  }
}

function configure(found: Configuration, options: ContainerOptions): unknown {
  const { capabilities = [], environment = {}, mounts = [], argv, user } = options;
  const own = new Set(mounts.map(({ to }) => to));
  return {
    ...found,
    root: { path: 'rootfs', readonly: true },
    process: {
      ...found.process,
      terminal: false,
      args: argv,
      env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      ],
      // fsGroup of the chart's pods.
      user: { uid: user, gid: user, additionalGids: [65_534] },
      capabilities: {
        ...{ bounding: capabilities, effective: capabilities, permitted: capabilities },
        ...{ inheritable: [], ambient: [] },
      },
      noNewPrivileges: options.noNewPrivileges ?? true,
    },
    mounts: [
      ...found.mounts.filter(({ destination }) => !own.has(destination)),
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777'] },
      ...mounts.map(({ from, to, readOnly = false, propagation }) => ({
        ...{ destination: to, type: 'bind', source: from },
        options: [
          ...['rbind', readOnly ? 'ro' : 'rw'],
          propagation === 'HostToContainer' ? 'rslave' : 'rprivate',
        ],
      })),
    ],
    linux: {
      ...found.linux,
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      maskedPaths: MASKED,
      readonlyPaths: READ_ONLY,
      seccomp: seccomp(capabilities),
    },
  };
}
