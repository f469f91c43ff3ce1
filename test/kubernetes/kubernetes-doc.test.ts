/** docs/kubernetes.md: its lines are run, in their order, and its tables are those of the code. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { helmProgram } from '../../packages/cli/src/setup/kubernetes.ts';
import { ApiServer } from './api-server.ts';
import { suiteWithHelm } from './chart.ts';
import { RunningController } from './controller-process.ts';
import { KubectlLines } from './kubectl-lines.ts';
import { suiteWithApiServer } from './suite.ts';
import { type Ended, ended, runUninstallJob } from './uninstall-job.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'packages/cli/src/main.ts');
const NAMESPACE = 'sluice-system';
const page = readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8');

/** Lines of the page's blocks of shell, in their order. */
const lines = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
  block.split('\n').filter((line) => line !== ''),
);

/** Words of a line, as a shell divides it; only quotes are known. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );

/** First cells of the rows of a table, by the head of its first column. */
function cells(head: string): readonly string[] {
  const [, table = ''] =
    new RegExp(`^\\| ${head} \\|.*\\n\\|[-|]+\\|\\n((?:\\|.*\\n)+)`, 'm').exec(page) ?? [];
  return [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = '']) => cell);
}

describe('its tables', () => {
  const code = readFileSync(join(ROOT, 'packages/controller/src/conditions.ts'), 'utf8');
  const union = (name: string): readonly string[] => {
    const [, text = ''] = new RegExp(`export type ${name} =([^;]*);`).exec(code) ?? [];
    return [...text.matchAll(/'(\w+)'/g)].map(([, word = '']) => word);
  };

  it('have every condition, and no other', () => {
    expect(cells('condition')).toEqual(union('ConditionType'));
  });

  it('have every reason once, in the order of the code, and no other', () => {
    expect(union('Reason').length).toBeGreaterThan(20);
    expect(cells('reason')).toEqual(union('Reason'));
  });

  it('name values that the chart has', () => {
    const values: unknown = parse(readFileSync(join(ROOT, 'deploy/chart/sluice/values.yaml'), 'utf8'));
    const roots = Object.keys(values as object).join('|');
    const named = [...page.matchAll(new RegExp(`\`((?:${roots})(?:\\.\\w+)+)[=\`]`, 'g'))].map(
      ([, name = '']) => name,
    );
    expect(named.length).toBeGreaterThan(15);
    const isThere = (name: string): boolean =>
      name
        .split('.')
        .reduce<unknown>((at, key) => (at instanceof Object ? Reflect.get(at, key) : undefined), values) !==
      undefined;
    // Of the kinds, and not of the chart.
    const ofKinds = ['sluice.dev', 'sluice.spec'];
    expect(named.filter((name) => !isThere(name) && !ofKinds.includes(name))).toEqual([]);
  });

  it('name files that are there', () => {
    const files = [...page.matchAll(/(?:deploy|test|docs)\/[\w./-]+\.(?:yaml|md|ts)/g)].map(([path]) => path);
    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

suiteWithHelm('its lines', () => {
  suiteWithApiServer('on a cluster', () => {
    let server: ApiServer;
    let kubeconfig: string;
    let kubectl: KubectlLines;
    let controller: RunningController | null = null;
    const done: string[] = [];

    beforeAll(async () => {
      server = await ApiServer.start();
      await server.applyDefinitions();
      kubeconfig = server.kubeconfig();
      kubectl = new KubectlLines(server, ROOT);
    });
    afterAll(async () => {
      await controller?.end('SIGKILL');
      await server?.stop();
    });

    const sluice = (...argv: readonly string[]): Promise<Ended> =>
      ended(process.execPath, [MAIN, ...argv], { KUBECONFIG: kubeconfig, NO_COLOR: '1' });

    /** Options are there, and stand where they may. */
    async function understood(argv: readonly string[]): Promise<void> {
      const { output } = await sluice(...argv.slice(0, 2), '--help');
      for (const flag of argv.filter((word) => /^--?[a-z]/.test(word))) expect(output).toContain(flag);
    }

    async function runSluice(argv: readonly string[]): Promise<void> {
      // A hub that is reached through the page's tunnel there is none here: test/hub has it.
      if (argv[0] === 'events') return understood(argv);
      const { status, output } = await sluice(...argv);
      expect([argv.join(' '), status, status === 0 ? '' : output]).toEqual([argv.join(' '), 0, '']);
    }

    async function runHelm(argv: readonly string[]): Promise<void> {
      const crds = argv[0] === 'install' ? ['--skip-crds'] : [];
      const program = helmProgram() ?? 'helm';
      const helm = ended(program, [...argv, ...crds, '--kubeconfig', kubeconfig], {});
      if (argv[0] === 'uninstall') {
        const job = runUninstallJob(server, NAMESPACE);
        await scaledToNone();
        expect(await controller?.end()).toBe(0);
        expect(await job).toMatchObject({ status: 0 });
      }
      const { status, output } = await helm;
      expect([argv[0], status, status === 0 ? '' : output]).toEqual([argv[0], 0, '']);
      if (argv[0] !== 'install') return;
      await afterInstall();
      await startController();
    }

    /** The pod of the controller, as the chart's Deployment would have it. */
    async function startController(): Promise<void> {
      const started = new RunningController(kubeconfig);
      controller = started;
      await expect.poll(() => started.ask('/readyz'), { timeout: 600_000, interval: 200 }).toMatch(/^200/);
    }

    /** What a Deployment's controller ends pods for. */
    async function scaledToNone(): Promise<void> {
      const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/sluice-controller`;
      const replicas = async (): Promise<unknown> =>
        (await server.request<{ spec: { replicas: number } }>('GET', path)).spec.replicas;
      await expect.poll(replicas, { timeout: 60_000, interval: 100 }).toBe(0);
    }

    /** What a StatefulSet's controller would make, as far as the page names it. */
    async function afterInstall(): Promise<void> {
      await server.apply([
        {
          ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
          metadata: { name: 'data-sluice-hub-0', namespace: NAMESPACE },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ]);
    }

    /** A command inside of a pod, which there is none of here: that it is the attack that the page says, or reads a file that the hub is told to write. */
    async function runInside(argv: readonly string[]): Promise<void> {
      if (argv[0] === 'cat') {
        const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/sluice-hub`;
        const { data } = await server.request<{ data: Record<string, string> }>('GET', path);
        return expect(data['hub.yaml']).toContain(`welcome: ${argv[1]}\n`);
      }
      const { output } = await sluice('inspect', argv.at(-1) ?? '');
      expect([argv[0], output]).toEqual(['curl', expect.stringContaining('942100')]);
    }

    async function run(line: string): Promise<void> {
      const [program = '', ...argv] = wordsOf(line);
      const [outer, inner] = argv.includes('--')
        ? [argv.slice(0, argv.indexOf('--')), argv.slice(argv.indexOf('--') + 1)]
        : [argv, null];
      if (program === 'kubectl') await kubectl.run(outer);
      else if (program === 'helm') await runHelm(argv);
      else if (program === 'sluice') await runSluice(argv);
      else if (program === 'sudo')
        for (const name of ['sluice', 'kubectl-sluice']) expect(existsSync(join(ROOT, name))).toBe(true);
      else throw new Error(`nobody knows what to do with: ${line}`);
      if (inner !== null) await runInside(inner);
      done.push(line);
    }

    it('do what they say, from the first to the last', async () => {
      for (const line of lines) {
        await run(line).catch((cause: unknown) => {
          throw new Error(`${line}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
        });
      }
      expect(done).toEqual(lines);
      expect(lines.length).toBeGreaterThan(20);
      // The controller compiles its rules first, where nobody has before.
    }, 900_000);
  });
});
