/** The definitions in deploy/crds are those that the schemas say. */
import { expect, it } from 'vitest';
import { crdFiles, readCrdFiles } from '../../scripts/crds.ts';

it('has the definitions as the schemas of the kinds make them (node scripts/crds.ts writes them)', () => {
  expect(readCrdFiles()).toEqual(crdFiles());
});
