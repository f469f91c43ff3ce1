import { expect, it } from 'vitest';
import { l7Document, readL7Document } from '../scripts/l7-doc.ts';

it('docs/l7.md has the bounds and the fields: run node scripts/l7-doc.ts', () => {
  const page = readL7Document();
  expect(page).toBe(l7Document(page));
  expect(page).toContain('| `l7.template` | keyword | sluice |');
});
