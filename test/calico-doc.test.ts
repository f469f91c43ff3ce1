/** docs/calico.md speaks of every field of Calico's kinds that a definition of ours has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CALICO_KINDS } from '../packages/controller/src/calico/kinds.ts';
import { type StructuralSchema, structuralSchema } from '../packages/controller/src/kinds/structural.ts';
import { repositoryRoot } from '../scripts/tidy.ts';

const page = readFileSync(join(repositoryRoot, 'docs/calico.md'), 'utf8');

/** Those that Calico's kinds have, but for parts of a list's elements, which are told with the list. */
function fields(schema: StructuralSchema, path = ''): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const inner = fields(field, at);
    return inner.length === 0 || at === 'detector' ? [at] : inner;
  });
}

it.each(Object.values(CALICO_KINDS).map((kind) => [kind.kind, kind.spec] as const))(
  'docs/calico.md names every field of %s',
  (_, spec) => {
    const missing = fields(structuralSchema(spec)).filter((field) => !page.includes(`\`${field}\``));
    expect(missing).toEqual([]);
  },
);
