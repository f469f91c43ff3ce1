/** Writes deploy/crds/ from the schemas of our kinds. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdName, crdOf, yamlOf } from '../packages/controller/src/kinds/crd.ts';
import { KINDS, type KindDefinition } from '../packages/controller/src/kinds/definitions.ts';
import { repositoryRoot } from './tidy.ts';

export const CRDS_FOLDER = 'deploy/crds';

const HEAD = '# Written by node scripts/crds.ts from packages/controller/src/kinds.\n';

const kinds: readonly KindDefinition[] = Object.values(KINDS);

/** File names and what is in them, by name. */
export const crdFiles = (): ReadonlyMap<string, string> =>
  new Map(
    kinds
      .map((kind) => [`${crdName(kind)}.yaml`, HEAD + yamlOf(crdOf(kind))] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** As they are. */
export function readCrdFiles(): ReadonlyMap<string, string> {
  const folder = join(repositoryRoot, CRDS_FOLDER);
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const),
  );
}

if (import.meta.main) {
  const folder = join(repositoryRoot, CRDS_FOLDER);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of crdFiles()) writeFileSync(join(folder, name), text);
}
