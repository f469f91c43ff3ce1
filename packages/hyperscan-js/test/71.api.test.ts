import { describe, expect, it } from 'vitest';
import * as api from '../src/index.ts';
import { apiDocument, exportedNames } from './fixtures/api-doc.ts';

describe('docs/api.md', () => {
  it('says what the sources say (vitest -u writes it)', async () => {
    await expect(apiDocument()).toMatchFileSnapshot('../docs/api.md');
  });

  it('has an entry for every name that is exported, types included', () => {
    const names = exportedNames();
    for (const name of Object.keys(api)) expect([...names]).toContain(name);
    const entries = [...apiDocument().matchAll(/^### (.*)$/gm)].map(([, name]) => name);
    expect(entries.toSorted()).toEqual([...names].sort());
  });

  it('documents every name, and every member of a class', () => {
    const undocumented = apiDocument()
      .split(/^### /m)
      .slice(1)
      // Words before a declaration; in a class, words behind each one.
      .filter((entry) => /^\w+\n\n```ts/.test(entry) || /```\n\n```ts/.test(entry));
    expect(undocumented).toEqual([]);
  });
});
