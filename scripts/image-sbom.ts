/**
 * image-sbom.ts PNPM_SBOM FACTS: the software bill of materials of an image, as CycloneDX, on standard output. What pnpm says of npm's packages,
 * without what differs from run to run, and beside it Debian's packages (standard input: name, version, architecture,
 * with tabs between) and FACTS (`purl` words): what came by other ways.
 */
import { readFileSync } from 'node:fs';
import { argv, stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly 'bom-ref'?: string;
}

interface Bom {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string };
  readonly components: readonly Component[];
  readonly dependencies?: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const byRef = (component: Component): string => component['bom-ref'] ?? component.purl ?? component.name;

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function debianPackages(lines: string): readonly Component[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', version = '', architecture = ''] = line.split('\t');
      const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
      return { type: 'library', name, version, purl, 'bom-ref': purl };
    });
}

function others(purls: readonly string[]): readonly Component[] {
  return purls.map((purl) => {
    const [, name = purl, version = ''] = /([^/]+)@([^@]+)$/.exec(purl) ?? [];
    return { type: 'application', name, version, purl, 'bom-ref': purl };
  });
}

const [, , path = '', ...facts] = argv;
const {
  serialNumber: _,
  metadata,
  components,
  dependencies = [],
  ...rest
}: Bom = JSON.parse(readFileSync(path, 'utf8'));
const { timestamp: __, ...stable } = metadata;
const all = [...components, ...debianPackages(await text(stdin)), ...others(facts)];
const bom = {
  ...rest,
  metadata: stable,
  components: all.toSorted((a, b) => compare(byRef(a), byRef(b))),
  dependencies: dependencies
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.toSorted(compare) }))
    .toSorted((a, b) => compare(a.ref, b.ref)),
};
stdout.write(`${JSON.stringify(bom, null, 1)}\n`);
