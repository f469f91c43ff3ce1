/** The chart as Helm renders it. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { helmProgram } from '../../packages/cli/src/setup/kubernetes.ts';
import type { Manifest } from './api-requests.ts';

export const CHART = resolve(import.meta.dirname, '../../deploy/chart/sluice');
export const RELEASE = 'sluice';

/** Of a chart: dotted names and JSON values. */
export type Values = Readonly<Record<string, unknown>>;

export interface HelmResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function helm(argv: readonly string[], env: Readonly<Record<string, string>> = {}): HelmResult {
  const program = helmProgram() ?? 'helm';
  const { status, stdout, stderr } = spawnSync(program, argv, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 67_108_864,
  });
  return { status, stdout, stderr };
}

export const setOf = (values: Values): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`]);

/** Objects of the chart, in their order, with its definitions. */
export function render(namespace: string, values: Values = {}, kubernetes = '1.37.2'): readonly Manifest[] {
  const argv = ['template', RELEASE, CHART, '-n', namespace, '--kube-version', kubernetes, ...setOf(values)];
  const { status, stdout, stderr } = helm(argv);
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

/** What needs Helm is skipped where it has not been built, with the reason in its name. */
export function suiteWithHelm(name: string, body: () => void): void {
  const built = helmProgram() !== null;
  // It takes minutes to build: `./sluice test` does.
  describe.skipIf(!built)(built ? name : `${name} (needs Helm: ./sluice test builds it)`, body);
}
