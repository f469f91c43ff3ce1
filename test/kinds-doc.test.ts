import { expect, it } from 'vitest';
import { kindsDocument, readKindsDocument } from '../scripts/kinds-doc.ts';

it('docs/kinds.md says what the schemas say (node scripts/kinds-doc.ts writes it)', () => {
  const page = readKindsDocument();
  expect(page).toBe(kindsDocument(page));
});
