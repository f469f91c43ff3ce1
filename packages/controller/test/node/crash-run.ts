/** Kills a node's process at steps of its scenario, looks at the folder, and lets the next one go on. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { makeKeys, scenario } from './crash-scenario.ts';
import { faultsOf } from './world.ts';

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
const CHILDREN = 3;
interface Ended {
  readonly signal: string | null;
  readonly steps: number;
}

function run(root: string, folder: string, at: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [CHILD, folder, root, String(at)], (error, stdout, stderr) => {
      const signal = error?.signal ?? null;
      if (error !== null && signal === null) reject(new TypeError(stderr));
      else resolve({ signal, steps: Number(stdout) });
    });
  });
}

/** Names and contents of what is in force, but for keys. */
function contentOf(directory: string): unknown {
  const rules = readdirSync(join(directory, 'rules')).sort();
  const texts = ['sluice.yaml', 'table.json', 'workloads.ndjson'].map((name) =>
    readFileSync(join(directory, name), 'utf8')
      .replaceAll(directory.replace(/\/node$/, ''), 'ROOT')
      // Made of what has paths in it.
      .replace(/"revision": "\w+"/, ''),
  );
  return { rules, texts, keys: readdirSync(join(directory, 'tls')) };
}

/** Kills at each `stride`th step, and goes on from there. */
export async function killedAtSteps(stride: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-crash-'));
  try {
    makeKeys(root);
    await killed(root, stride);
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function killed(root: string, stride: number): Promise<void> {
  const whole = join(root, 'whole');
  mkdirSync(whole);
  const { steps, signal } = await run(root, whole, 0);
  expect(signal).toBeNull();
  expect(steps).toBeGreaterThan(50);
  const wanted = contentOf(join(whole, 'node'));
  const all = Array.from({ length: Math.ceil(steps / stride) }, (_, index) => 1 + index * stride);
  const queue = [...all];
  const check = async (): Promise<void> => {
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      const folder = join(root, `at-${at}`);
      mkdirSync(folder);
      expect(await run(root, folder, at)).toMatchObject({ signal: 'SIGKILL' });
      expect({ at, faults: faultsOf(join(folder, 'node')) }).toEqual({ at, faults: [] });
    }
  };
  await Promise.all(Array.from({ length: CHILDREN }, check));
  for (const at of all) {
    const { directory } = await scenario(join(root, `at-${at}`), root);
    expect({ at, faults: faultsOf(directory) }).toEqual({ at, faults: [] });
    expect({ at, content: contentOf(directory) }).toEqual({ at, content: wanted });
  }
}
