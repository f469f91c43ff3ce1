/** Files are listed as node:fs's glob lists them, whichever way is taken. */
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeRuleFiles } from '../../src/language/rule-files.ts';

// Its parent is of this test alone, too: others come and go beside what lies in the common folder.
const parent = mkdtempSync(join(tmpdir(), 'sluice-list-'));
const folder = join(parent, 'own');
mkdirSync(folder);
mkdirSync(join(folder, 'sub.conf'));
mkdirSync(join(folder, '@at'));
for (const name of [
  'b.conf',
  'a.conf',
  '.hidden.conf',
  '.conf',
  'c.CONF',
  'd.conf~',
  'e.f.conf',
  'x[1].conf',
  'conf',
]) {
  writeFileSync(join(folder, name), '');
}
writeFileSync(join(folder, '@at', 'z.conf'), '');
afterAll(() => rmSync(parent, { recursive: true }));

const PATTERNS = [
  '*.conf',
  '*',
  '*conf',
  '?.conf',
  'a*.conf',
  '.*',
  '*.{conf,CONF}',
  '*.conf/*',
  '@at/*.conf',
  'none/*.conf',
];

it.each([...PATTERNS, '*/*.conf', './*.conf', '../*/*.conf', 'sub.conf/../*.conf', '/*.conf', 'a.conf/*'])(
  'lists %s as glob does',
  (pattern) => {
    const whole = `${folder}/${pattern}`;
    expect(makeRuleFiles().list(whole)).toEqual(globSync(whole).sort());
  },
);
