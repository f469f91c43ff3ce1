/**
 * Kubernetes' API server, kube-proxy, and Helm, with which tests render and check the chart. Built from Go modules: no package
 * index has them ready to run. In one module, because Helm is made of the same packages: together they are compiled once.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildWithGo } from './go-build.ts';
import { cacheDirectory, repositoryRoot } from './paths.ts';
import { PINS } from './pins.ts';
import { digestOf } from './stamp.ts';
import type { SetupStep } from './step.ts';

const LOG = 'kubernetes';
/** What the module's go.mod asks for. */
const GO_MINOR_MIN = 26;
const PROXY_PACKAGE = 'k8s.io/kubernetes/cmd/kube-proxy';
const HELM_PACKAGE = `${PINS.helm.module}/cmd/helm`;

/** The folder's go.mod and go.sum pin the module and all that it needs; main.go joins the API server with etcd. */
const sources = (): string => join(repositoryRoot(), 'test/interception/kubernetes');

/** Without these the programs say that they are v0.0.0; debugging information would double them. */
function buildFlags(): readonly string[] {
  const { version } = PINS.kubernetes;
  const [major = '', minor = ''] = version.split('.');
  const facts = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const set = Object.entries(facts).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  return ['-trimpath', '-tags=grpcnotrace', '-gcflags=all=-dwarf=false', `-ldflags=-s -w ${set.join(' ')}`];
}

export interface KubernetesPrograms {
  /** With etcd in it; see main.go. */
  readonly apiServer: string;
  readonly kubeProxy: string;
  readonly helm: string;
}

/** As Go names them: after the folders of their packages. */
const NAMES = ['apiserver', 'kube-proxy', 'helm'];

function programsIn(directory: string): KubernetesPrograms {
  const [apiServer = '', kubeProxy = '', helm = ''] = NAMES.map((name) => join(directory, name));
  return { apiServer, kubeProxy, helm };
}

const target = (): string =>
  join(cacheDirectory(), `kubernetes-${digestOf(sources(), buildFlags()).slice(0, 16)}`);

/** Null where set-up has not built them. */
export function kubernetesPrograms(): KubernetesPrograms | null {
  return existsSync(target()) ? programsIn(target()) : null;
}

/** Null where set-up has not built it. */
export const helmProgram = (): string | null => kubernetesPrograms()?.helm ?? null;

/** @returns the folder of the programs */
async function build(directory: string): Promise<string> {
  const output = join(directory, 'programs');
  mkdirSync(output);
  await buildWithGo({
    what: `building Kubernetes ${PINS.kubernetes.version} and Helm ${PINS.helm.version} with Go`,
    ...{ log: LOG, minorMin: GO_MINOR_MIN, sources: sources(), directory, flags: buildFlags() },
    output: `${output}/`,
    packages: ['.', PROXY_PACKAGE, HELM_PACKAGE],
  });
  return output;
}

export const kubernetesStep: SetupStep = {
  number: 9,
  name: `kube-proxy and API server ${PINS.kubernetes.version}, Helm ${PINS.helm.version}`,
  isDone: () => kubernetesPrograms() !== null,
  async run() {
    const temporary = mkdtempSync(join(cacheDirectory(), '.new.'));
    try {
      renameSync(await build(temporary), target());
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  },
};
