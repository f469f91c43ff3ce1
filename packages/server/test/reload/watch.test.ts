import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { FileWatch } from '../../src/reload/watch.ts';

let folder: string;
let watch: FileWatch | null;
let changes: number;
let next: PromiseWithResolvers<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-watch-'));
  changes = 0;
  next = Promise.withResolvers();
});

afterEach(async () => {
  await watch?.close();
  watch = null;
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

async function start(paths: readonly string[], pollMillis = 10): Promise<void> {
  watch = new FileWatch({
    paths: () => paths.map(at),
    onChange: async () => {
      changes++;
      next.resolve();
      next = Promise.withResolvers();
    },
    log: createLog('silent'),
    pollMillis,
    quietMillis: 10,
  });
  await watch.start();
}

/** Resolves with the next change that is told. */
async function changeBy(action: () => void): Promise<void> {
  const told = next.promise;
  action();
  await told;
}

it('tells of a file that is written, replaced, removed and there again', async () => {
  writeFileSync(at('a'), '1');
  await start(['a']);
  await changeBy(() => writeFileSync(at('a'), '2'));
  writeFileSync(at('b'), '3');
  await changeBy(() => renameSync(at('b'), at('a')));
  await changeBy(() => rmSync(at('a')));
  await changeBy(() => writeFileSync(at('a'), '4'));
});

it('tells of files in a folder', async () => {
  mkdirSync(at('rules'));
  writeFileSync(at('rules/a.conf'), '1');
  await start(['rules']);
  await changeBy(() => writeFileSync(at('rules/b.conf'), '1'));
  await changeBy(() => writeFileSync(at('rules/a.conf'), '22'));
  await changeBy(() => rmSync(at('rules/b.conf')));
});

it('tells of a symbolic link that leads elsewhere, as those of Kubernetes do', async () => {
  for (const version of ['1', '2']) {
    mkdirSync(at(version));
    writeFileSync(at(`${version}/sluice.yaml`), version);
  }
  symlinkSync('1', at('..data'));
  symlinkSync('..data/sluice.yaml', at('sluice.yaml'));
  await start(['sluice.yaml']);
  await changeBy(() => {
    symlinkSync('2', at('..new'));
    renameSync(at('..new'), at('..data'));
  });
});

it('hears of a change from the kernel, however seldom it looks', async () => {
  writeFileSync(at('a'), '1');
  await start(['a'], 3_600_000);
  await changeBy(() => writeFileSync(at('a'), '2'));
});

it('tells once of what is written in pieces, and of nothing where nothing changes', async () => {
  writeFileSync(at('a'), '1');
  writeFileSync(at('b'), '1');
  await start(['a', 'b']);
  await changeBy(() => {
    writeFileSync(at('a'), '2');
    writeFileSync(at('b'), '2');
  });
  await changeBy(() => writeFileSync(at('a'), '33'));
  expect(changes).toBe(2);
});

it('goes on where there is no such folder, and ends when it is told to', async () => {
  await start(['gone/a']);
  await changeBy(() => {
    mkdirSync(at('gone'));
    writeFileSync(at('gone/a'), '1');
  });
  await watch?.close();
  writeFileSync(at('gone/a'), '22');
  expect(changes).toBe(1);
});
