/** The Dockerfile, which is not built here for want of a base image: that it says what build.sh does. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const IMAGE = join(ROOT, 'deploy/image');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** Words of the Dockerfile's language that are used here. */
const KNOWN = ['ARG', 'COPY', 'ENTRYPOINT', 'ENV', 'FROM', 'LABEL', 'RUN', 'USER'];

/** As Docker reads lines: comments away, a backslash joins. */
function parse(source: string): readonly Instruction[] {
  const lines = source.split('\n').filter((line) => !line.startsWith('#'));
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, '');
  return joined
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest };
    });
}

const instructions = parse(text('deploy/image/Dockerfile'));

/** Stages in their order: name, what it is made from, and its instructions. */
function stages(): readonly { name: string; from: string; own: readonly Instruction[] }[] {
  const found: { name: string; from: string; own: Instruction[] }[] = [];
  for (const each of instructions) {
    const [, from = '', name = ''] = each.name === 'FROM' ? (/^(\S+) AS (\S+)$/.exec(each.rest) ?? []) : [];
    if (each.name === 'FROM') found.push({ from, name, own: [] });
    else found.at(-1)?.own.push(each);
  }
  return found;
}

/** Lists of packages that a stage and those that it is made from install. */
function installed(name: string): readonly string[] {
  const stage = stages().find((each) => each.name === name);
  if (stage === undefined) return [];
  const lists = stage.own
    .filter(({ name, rest }) => name === 'RUN' && /\| (\S+=\S+ )?xargs apt-get .*install /.test(rest))
    .flatMap(({ rest }) => [...rest.matchAll(/(?<=cat .*)\/packages\/(\w+)/g)].map(([, list = '']) => list));
  return [...installed(stage.from), ...lists];
}

describe('the Dockerfile', () => {
  it('has only instructions that Docker knows, and stages that are there when they are named', () => {
    expect(instructions.map(({ name }) => name).filter((name) => !KNOWN.includes(name))).toEqual([]);
    const names = stages().map(({ name }) => name);
    expect(names).toEqual(['build', 'run', 'run-node', 'files', 'files-node', 'sluice', 'sluice-node']);
    for (const [index, { from, own }] of stages().entries()) {
      const before = names.slice(0, index);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's own.
      expect(['${DEBIAN}', ...before]).toContain(from);
      for (const { rest } of own.filter(({ name }) => name === 'COPY')) {
        const stage = /^--from=(\S+)/.exec(rest)?.[1];
        if (stage !== undefined) expect(before).toContain(stage);
      }
    }
  });

  it('installs what build.sh installs, from the same lists', () => {
    expect(installed('build')).toEqual(['build', 'run']);
    expect(installed('sluice')).toEqual(['run']);
    expect(installed('sluice-node')).toEqual(['run', 'agent']);
    const script = text('deploy/image/build.sh');
    expect(
      [...script.matchAll(/^mapfile -t (\w+) <"\$here\/packages\/\1"$/gm)].map(([, list]) => list),
    ).toEqual(['run', 'agent', 'build']);
    expect(script).toMatch(/essential "\$\{run\[@\]\}"/);
    expect(script).toMatch(/image sluice-node "\$\{agent\[@\]\}"/);
    for (const list of readdirSync(join(IMAGE, 'packages'))) {
      const packages = text(`deploy/image/packages/${list}`).split('\n').slice(0, -1);
      expect(packages).toEqual(packages.filter((name) => /^[a-z0-9][a-z0-9+.-]+$/.test(name)).toSorted());
    }
  });

  it('ends with the users and the command of build.sh', () => {
    const last = (stage: string, name: string): string =>
      stages()
        .find((each) => each.name === stage)
        ?.own.findLast((each) => each.name === name)?.rest ?? '';
    const script = text('deploy/image/build.sh');
    for (const name of ['sluice', 'sluice-node']) {
      expect(script).toContain(`--user ${last(name, 'USER')}`);
      expect(script).toContain(`--entrypoint '${last(name, 'ENTRYPOINT')}'`);
    }
    expect(last('sluice', 'USER')).toBe('65534:65534');
  });

  it('is given what it copies: .dockerignore leaves in what assemble.sh takes', () => {
    const kept = text('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    expect(kept.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const taken = [...text('deploy/image/assemble.sh').matchAll(/"?\$source"?\/([\w./{},-]+)/g)]
      .map(([, path = '']) => path)
      .filter((path) => !path.includes('*'));
    expect(taken.length).toBeGreaterThan(5);
    const isKept = (path: string): boolean =>
      kept.some((each) => path === each || path.startsWith(`${each}/`));
    expect(
      taken
        .map((path) => path.replace(/[{$].*$/, ''))
        .filter((path) => path !== '' && !isKept(path.replace(/\/$/, ''))),
    ).toEqual([]);
  });
});

describe('the scripts of the images', () => {
  const scripts = readdirSync(IMAGE, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !/Dockerfile|\.md$/.test(entry.name))
    .map(({ name }) => name);

  it.each(scripts)('%s is bash, as bash reads it', (name) => {
    expect(text(`deploy/image/${name}`)).toMatch(/^#!\/usr\/bin\/env bash\n/);
    const { status, stderr } = spawnSync('bash', ['-n', join(IMAGE, name)], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('wait for a file to be there, or to be gone, and end when they are told to', () => {
    const run = (...argv: readonly string[]): number | null =>
      spawnSync('timeout', ['1', 'bash', join(IMAGE, 'sluice-when-there'), ...argv]).status;
    expect(run(import.meta.filename)).toBe(0);
    expect(run('--not', '/nowhere/at/all')).toBe(0);
    // Ended by the signal that `timeout` sends: it was waiting.
    expect(run('/nowhere/at/all')).toBe(124);
    expect(run('--not', import.meta.filename)).toBe(124);
  });

  describe('of the agent', () => {
    const directory = new TemporaryDirectory('sluice-agent-script-');
    afterAll(() => directory.remove());

    /** @param body of the agent that it starts, which finds its call's number in $CALL */
    function start(name: string, body: string): { readonly child: ChildProcess; calls(): readonly string[] } {
      const folder = directory.join(name);
      mkdirSync(folder);
      const calls = join(folder, 'calls');
      const fake = `#!/bin/bash\necho "$@" >>${calls}\nCALL=$(wc -l <${calls})\n${body}\n`;
      writeFileSync(join(folder, 'sluice'), fake, { mode: 0o755 });
      const argv = [join(IMAGE, 'sluice-node-agent'), '--table', 't', '--ready-file', join(folder, 'ready')];
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, READY: join(folder, 'ready') };
      const child = spawn('bash', argv, { stdio: 'ignore', env });
      return {
        child,
        calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
      };
    }

    const exit = async (child: ChildProcess): Promise<number | null> =>
      child.exitCode ?? ((await once(child, 'exit')) as [number | null])[0];

    it('begins one that fails anew; one that has served does not take over a second time', async () => {
      // The first does not come so far as to serve, the second does and fails.
      const { child, calls } = start(
        'fails',
        '[ $CALL != 2 ] || touch $READY; [ $CALL -lt 3 ] || exec sleep 60; exit 13',
      );
      await expect.poll(() => calls().length, { timeout: 30_000 }).toBe(3);
      expect(calls().map((call) => call.includes('--take-over'))).toEqual([true, true, false]);
      expect(calls()[2]).toContain('--leave-on-exit --table t --ready-file');
      child.kill('SIGTERM');
      expect(await exit(child)).toBe(0);
    });

    it('ends with 3 where a capability is missing, and waits where the agent was told to end', async () => {
      expect(await exit(start('capability', 'exit 3').child)).toBe(3);
      const { child, calls } = start('told', 'exit 0');
      await expect.poll(() => calls().length, { timeout: 30_000 }).toBe(1);
      child.kill('SIGTERM');
      expect(await exit(child)).toBe(0);
      expect(calls()).toHaveLength(1);
    });
  });
});
