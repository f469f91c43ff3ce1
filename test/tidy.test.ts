import { describe, expect, it } from 'vitest';
import { formatViolation, repositoryRoot, tidy } from '../scripts/tidy.ts';
import { errorsDocument } from '../scripts/tidy-errors.ts';
import { FORBIDDEN_WORDS, UNFINISHED } from '../scripts/tidy-laws.ts';
import { parseTree, readTree } from '../scripts/tidy-source.ts';

/** A small tree in which everything is in order; tests add what is not. */
const ERRORS = `
export const ENGINE_ERRORS = {
  BAD_INPUT: { message: 'bad {what}', remedy: 'Give a better ' + 'one.' },
} as const;
export class EngineError extends Error {}
`;
const INDEX = `
import { EngineError } from './errors.ts';
export const refuse = (): never => { throw new EngineError('BAD_INPUT'); };
`;
const MANIFEST = '{ "exports": { ".": "./src/index.ts" } }';

function treeWith(files: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const tree = new Map([
    ['packages/engine/package.json', MANIFEST],
    ['packages/engine/src/errors.ts', ERRORS],
    ['packages/engine/src/index.ts', INDEX],
  ]);
  for (const [path, text] of Object.entries(files)) tree.set(path, text);
  if (!tree.has('docs/errors.md')) tree.set('docs/errors.md', errorsDocument(parseTree(tree)));
  return tree;
}

/** The rules broken by files added to the small tree. Files below test/ and bench/ are programs, so never dead. */
function rulesBroken(files: Readonly<Record<string, string>>): readonly string[] {
  return tidy(treeWith(files)).map(({ rule }) => rule);
}

/** The rules that a file of source breaks, its being dead left aside. */
function rulesBrokenBy(text: string, path = 'packages/engine/src/body/x.ts'): readonly string[] {
  return rulesBroken({ [path]: text }).filter((rule) => rule !== 'dead-file');
}

describe('the tree', () => {
  it('breaks no law', () => {
    expect(tidy(readTree(repositoryRoot)).map(formatViolation)).toEqual([]);
  });
});

describe('the small tree of these tests', () => {
  it('breaks no law', () => expect(rulesBroken({})).toEqual([]));
});

describe('law of packages', () => {
  const server = (text: string) => ({
    'packages/server/package.json': MANIFEST,
    'packages/server/src/index.ts': text,
  });
  it.each([
    ['a higher package', "import '@sluice/cli';"],
    ['a package of its own layer', "import '@sluice/shipper/x';"],
    ['a type of a higher package', "import type { X } from '@sluice/hub';"],
    ['a higher package when it is needed', "export const load = () => import('@sluice/cli');"],
    ['what a higher package exports', "export * from '@sluice/cli';"],
    ['the files of another package', "import '../../engine/src/index.ts';"],
    ['tests', "import '../test/helper.ts';"],
    ['a package of no layer', "import '@sluice/engine';", 'packages/stray/src/index.ts'],
  ])('refuses to import %s', (_, text, path = 'packages/server/src/index.ts') => {
    expect(rulesBroken({ 'packages/stray/package.json': MANIFEST, ...server(''), [path]: text })).toContain(
      'package-law',
    );
  });
  it('lets a package import those below, and tests import everything', () => {
    expect(rulesBroken(server("import '@sluice/engine';"))).toEqual([]);
    expect(rulesBroken({ 'test/a.test.ts': "import '@sluice/cli'; import '@sluice/engine';" })).toEqual([]);
  });
});

describe('law of stages', () => {
  it.each([
    ['a stage below', 'packages/engine/src/body/x.ts', "import '../compile/y.ts';"],
    ['the entry', 'packages/engine/src/body/x.ts', "import '../index.ts';"],
    ['a stage from what is common', 'packages/engine/src/limits.ts', "import './body/x.ts';"],
    ['anything from an unknown stage', 'packages/engine/src/stray/x.ts', ''],
  ])('refuses to import %s', (_, path, text) => {
    expect(rulesBroken({ [path]: text })).toContain('stage-law');
  });
  it('lets a stage import its own, those above and the common ones', () => {
    const text = "import './y.ts'; import '../body/x.ts'; import '../rule-set/x.ts'; import '../limits.ts';";
    expect(rulesBrokenBy(text, 'packages/engine/src/operators/x.ts')).toEqual([]);
  });
});

describe('banned constructs', () => {
  it.each([
    ['any', 'export const x = (y: any) => y;'],
    ['enum', 'export enum X { A }'],
    ['parameter-property', 'export class X { constructor(readonly y: number) {} }'],
    ['default-export', 'export default 1;'],
    ['console', 'console.error(1);'],
    ['bare-error', "throw new Error('x');"],
    ['bare-error', "throw TypeError('x');"],
    ['bare-error', "throw 'x';"],
    ['swallowed', 'try { f(); } catch {}'],
    ['swallowed', 'try { f(); } catch (error) { g(); }'],
    ['swallowed', 'export const f = () => { try { g(); } catch { return; } };'],
    ['swallowed', 'f().catch(() => {});'],
    ['swallowed', 'f().catch(() => undefined);'],
    ['ts-ignore', '// @ts-ignore\nf();'],
    ['unfinished', `// ${'TO'}${'DO'}: f\nf();`],
    ['function-length', `export function f() {\n${'g();\n'.repeat(69)}}`],
    ['syntax', 'export const = 1;'],
  ])('refuses %s in %j', (rule, text) => {
    expect(rulesBrokenBy(text)).toEqual([rule]);
  });

  it.each([
    ['only', "it.only('x', () => {});"],
    ['only', "describe.only.each([1])('x', () => {});"],
    ['skip', "it.skip('x', () => {});"],
    ['skip', "test.skipIf(true)('x', () => {});"],
    ['skip', "it.todo('x');"],
    ['skip', "it('x', (context) => context.skip());"],
  ])('refuses %s in the test %j', (rule, text) => {
    expect(rulesBroken({ 'test/x.test.ts': text })).toEqual([rule]);
  });

  it.each([
    'try { f(); } catch { /* f is optional */ }',
    'try { f(); } catch (error) { report(error); }',
    'try { f(); } catch (error) { throw wrap(error); }',
    'f().catch(() => {}); // its twin reports it',
    '// @ts-expect-error the next line is refused\nf();',
    `export function f() {\n${'g();\n'.repeat(68)}}`,
    "export const f = (x: unknown) => x instanceof Error; const text = 'any enum console.log';",
  ])('lets %j stand', (text) => {
    expect(rulesBrokenBy(text)).toEqual([]);
  });

  it('lets a test skip with its reason, and configuration export by default', () => {
    expect(rulesBroken({ 'test/x.test.ts': "// needs root\nit.skip('x', () => {});" })).toEqual([]);
    expect(rulesBroken({ 'test/x.test.ts': "it('x', (context) => context.skip('no root'));" })).toEqual([]);
    expect(rulesBroken({ 'vitest.config.ts': 'export default {};' })).toEqual([]);
  });
});

describe('dead files', () => {
  const unused = { 'packages/engine/src/body/unused.ts': 'export const x = 1;' };
  const test = { 'packages/engine/test/x.test.ts': "import '../src/body/unused.ts';" };
  it('are those that nothing imports', () => expect(rulesBroken(unused)).toEqual(['dead-file']));
  it('are those that only tests import', () => {
    expect(rulesBroken({ ...unused, ...test })).toEqual(['dead-file']);
  });
  it('are those that only a dead file imports', () => {
    const other = { 'packages/engine/src/body/other.ts': "import './unused.ts';" };
    expect(rulesBroken({ ...unused, ...other })).toEqual(['dead-file', 'dead-file']);
  });
  it('are not what a page loads, nor what that imports', () => {
    const page = { 'packages/engine/web/index.html': '<script type="module" src="/src/main.tsx"></script>' };
    const script = { 'packages/engine/web/src/main.tsx': "import './more.ts';" };
    const more = { 'packages/engine/web/src/more.ts': 'export const x = 1;' };
    expect(rulesBroken({ ...page, ...script, ...more })).toEqual([]);
    expect(rulesBroken({ ...script, ...more })).toEqual(['dead-file', 'dead-file']);
  });
  it('are helpers that no test imports', () => {
    expect(rulesBroken({ 'test/helper.ts': 'export const x = 1;' })).toEqual(['dead-file']);
  });
  it.each([
    ['imported', "import './body/unused.ts';"],
    ['loaded when needed', "export const load = () => import('./body/unused.ts');"],
    ['named as a worker', "export const url = new URL('./body/unused.ts', import.meta.url);"],
  ])('are not those that are %s', (_, text) => {
    expect(rulesBroken({ ...unused, 'packages/engine/src/index.ts': INDEX + text })).toEqual([]);
  });
});

describe('error codes', () => {
  it('must be raised somewhere', () => {
    expect(rulesBroken({ 'packages/engine/src/index.ts': "import './errors.ts';" })).toEqual([
      'unused-error-code',
    ]);
  });
  it('may be raised by native code', () => {
    const native = { 'packages/engine/native/addon.cc': 'Throw(env, "BAD_INPUT");' };
    const entry = { 'packages/engine/src/index.ts': "import './errors.ts';" };
    expect(rulesBroken({ ...native, ...entry })).toEqual([]);
  });
  it('belong to one package, with a message and a remedy', () => {
    const table = "export const OTHER_ERRORS = { BAD_INPUT: { message: 'x', remedy: '' } };";
    const files = { 'packages/hyperscan-js/package.json': MANIFEST };
    const index = "import './errors.ts';";
    expect(
      rulesBroken({
        ...files,
        'packages/hyperscan-js/src/errors.ts': table,
        'packages/hyperscan-js/src/index.ts': index,
      }),
    ).toEqual(['error-code', 'error-code']);
  });
  it.each([
    ['lacks a code', (text: string) => text.replace(/.*BAD_INPUT.*\n/, '')],
    ['has one too many', (text: string) => `${text}| \`GONE\` | x | y |\n`],
    ['tells another remedy', (text: string) => text.replace('Give', 'Take')],
  ])('are documented: a page that %s is refused', (_, spoil) => {
    const page = treeWith({}).get('docs/errors.md') ?? '';
    expect(rulesBroken({ 'docs/errors.md': spoil(page) })).toEqual(['error-document']);
  });
});

describe('text', () => {
  it('of code has 800 lines at most', () => {
    expect(rulesBroken({ 'test/a.test.ts': '\n'.repeat(801) })).toEqual(['file-length']);
    expect(rulesBroken({ 'test/a.test.ts': '\n'.repeat(800) })).toEqual([]);
  });
  it.each(FORBIDDEN_WORDS)('never names the registry host %s', (word) => {
    expect(rulesBroken({ 'docs/a.md': `see ${word.toUpperCase()}\n` })).toEqual(['forbidden-word']);
  });
  it('of native code and scripts leaves no work for later', () => {
    const text = `// ${'FIX'}${'ME'} later\n`;
    expect(text).toMatch(UNFINISHED);
    expect(rulesBroken({ 'packages/engine/native/a.cc': text })).toEqual(['unfinished']);
  });
});
