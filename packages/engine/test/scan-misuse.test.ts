/** Calls that no code of the engine makes end in a coded error, and never in a crash: each list of them runs in a process of its own. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const url = (path: string): string => pathToFileURL(join(import.meta.dirname, path)).href;

/** What stands before each list: right arguments, to take one from which is wrong. */
const HEAD = `
import { compile, Flags } from '@sluice/hyperscan-js';
import { createRequire } from 'node:module';
import { native as addon } from '${url('../src/native/binding.ts')}';
import { CATEGORY_OF } from '${url('../src/patterns/categories.ts')}';
const raw = createRequire(import.meta.url)('${join(import.meta.dirname, '../build/engine.node')}');
const database = compile([{ expression: 'evil', id: 0, flags: Flags.SINGLEMATCH }, { expression: '^', id: 1, flags: Flags.ALLOWEMPTY | Flags.SINGLEMATCH }]);
const spec = () => ({ categories: CATEGORY_OF, lengths: Uint32Array.of(3, 29), databases: [database.lend()], variants: Uint32Array.of(0xffffffff),
  deciders: Int32Array.of(0, 0), needStarts: Uint32Array.of(0, 0, 1), needs: Uint32Array.of(0xffffffff) });
const tables = addon.createScanTables(spec());
const words = (...list) => Uint32Array.from(list);
const planOf = (interests, names = [''], parents = words(0)) => addon.createScanPlan(tables, names, parents, interests);
const plan = planOf(words(1, 0, 2, 0, 1));
const out = new Uint32Array(30);
const detached = (array) => { structuredClone(array, { transfer: [array.buffer] }); return array; };
const found = () => addon.scanValues(plan, 'evil', words(4, 0), 1, out);
const failed = [];
const refused = (name, call) => {
  try { call(); failed.push(name + ' was taken'); } catch (error) { if (error.code !== 'NATIVE_FAILED') failed.push(name + ': ' + error); }
};
`;
const TAIL = `
if (found() !== 2) failed.push('the plan finds no longer what it found');
console.log(JSON.stringify(failed));`;

function failuresOf(calls: string): unknown {
  const child = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', HEAD + calls + TAIL],
    {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    },
  );
  return child.status === 0 ? JSON.parse(child.stdout) : `${child.signal ?? child.status}: ${child.stderr}`;
}

describe('the addon refuses', () => {
  it('tables of wrong kinds, sizes and orders', () => {
    const calls = `
refused('nothing', () => addon.createScanTables());
for (const wrong of [null, undefined, 7, 'tables', [], {}, plan, tables]) refused(String(typeof wrong), () => addon.createScanTables(wrong));
for (const field of Object.keys(spec())) {
  for (const wrong of [undefined, null, 7, 'x', {}, new Float64Array(256), new Uint16Array(2), new DataView(new ArrayBuffer(8))]) {
    refused(field + ' ' + typeof wrong, () => addon.createScanTables({ ...spec(), [field]: wrong }));
  }
}
const wrongs = {
  'few categories': { categories: new Uint8Array(255) },
  'odd lengths': { lengths: words(1, 2, 3) },
  'no starts': { needStarts: words() },
  'starts that begin late': { needStarts: words(1, 1, 1) },
  'starts that descend': { needStarts: words(0, 2, 1) },
  'starts beyond': { needStarts: words(0, 0, 9) },
  'few deciders': { deciders: Int32Array.of(0) },
  'a database that is not there': { deciders: Int32Array.of(0, 1) },
  'a decider below all': { deciders: Int32Array.of(-5, 0) },
  'the least decider': { deciders: Int32Array.of(-2147483648, 0) },
  'no variants': { variants: words(), deciders: Int32Array.of() },
  'a last variant that does not take all': { variants: words(1) },
  'detached categories': { categories: detached(Uint8Array.from(CATEGORY_OF)) },
  'detached starts': { needStarts: detached(words(0, 0, 1)) },
  'detached needs': { needs: detached(words(1)) },
  'detached deciders': { deciders: detached(Int32Array.of(0, 0)) },
  'another external as database': { databases: [tables] },
  'no external as database': { databases: [{}] },
  'a hole as database': { databases: new Array(1) },
  'a stream database': { databases: [compile([{ expression: 'a', id: 0, flags: 0 }], { mode: 'stream' }).lend()] },
};
for (const [name, wrong] of Object.entries(wrongs)) refused(name, () => addon.createScanTables({ ...spec(), ...wrong }));`;
    expect(failuresOf(calls)).toEqual([]);
  });

  it('plans of wrong trees and interests', () => {
    const calls = `
refused('nothing', () => addon.createScanPlan());
for (const wrong of [undefined, null, {}, 7, plan, database.lend()]) refused('tables', () => addon.createScanPlan(wrong, [''], words(0), words()));
for (const wrong of [undefined, {}, [], ['', 'lowercase'], new Array(2), 'x']) refused('names', () => addon.createScanPlan(tables, wrong, words(0), words()));
refused('a name that is no string', () => planOf(words(), ['', 7], words(0, 0)));
refused('a node that is its own parent', () => planOf(words(), ['', 'lowercase'], words(0, 1)));
refused('a parent that comes later', () => planOf(words(), ['', 'lowercase', 'trim'], words(0, 2, 0)));
refused('detached parents', () => planOf(words(), [''], detached(words(0))));
refused('a node that is not there', () => planOf(words(1, 1, 1, 0)));
refused('a slot that is not there', () => planOf(words(1, 0, 1, 2)));
refused('fewer slots than said', () => planOf(words(1, 0, 2, 0)));
refused('fewer nodes than said', () => planOf(words(2, 0, 1, 0)));
refused('as many nodes as can be said', () => planOf(words(4294967295, 0, 0)));
refused('as many slots as can be said', () => planOf(words(1, 0, 4294967295, 0, 1)));
refused('a node without a native form', () => planOf(words(1, 1, 1, 0), ['', 'md5'], words(0, 0)));
refused('one behind such a node', () => planOf(words(1, 2, 1, 0), ['', 'md5', 'lowercase'], words(0, 0, 1)));
refused('interests of another kind', () => planOf(new Uint16Array(4)));
planOf(words());
planOf(words(0, 0, 0));
// A long way down is no crash.
const deep = 200000;
planOf(words(1, deep, 1, 0), ['', ...Array(deep).fill('lowercase')], Uint32Array.from({ length: deep + 1 }, (_, i) => Math.max(0, i - 1)));`;
    expect(failuresOf(calls)).toEqual([]);
  });

  it('scans of wrong values', () => {
    const calls = `
refused('nothing', () => addon.scanValues());
for (const wrong of [undefined, null, {}, 7, tables, database.lend(), found]) refused('plan', () => addon.scanValues(wrong, 'x', words(1, 0), 1, out));
for (const wrong of [undefined, null, 7, {}, Buffer.from('x')]) refused('text', () => addon.scanValues(plan, wrong, words(1, 0), 1, out));
for (const wrong of [undefined, [1, 0], new Int32Array(2), detached(words(1, 0))]) refused('values', () => addon.scanValues(plan, 'x', wrong, 1, out));
for (const wrong of [undefined, '1', 2, -1]) refused('count', () => addon.scanValues(plan, 'x', words(1, 0), wrong, out));
for (const wrong of [undefined, [], new Uint8Array(30)]) refused('out', () => addon.scanValues(plan, 'x', words(1, 0), 1, wrong));
refused('an end beyond', () => addon.scanValues(plan, 'x', words(2, 0), 1, out));
refused('ends that descend', () => addon.scanValues(plan, 'xyz', words(2, 0, 1, 0), 2, out));
refused('an interest that is not there', () => addon.scanValues(plan, 'x', words(1, 1), 1, out));
if (addon.scanValues(plan, 'evil', words(4, 0), 1, detached(new Uint32Array(30))) !== 2) failed.push('hits without room are counted');
if (addon.scanValues(plan, 'evil', words(4, 0), 1, new Uint32Array(5)) !== 2) failed.push('hits with some room are counted');
for (const wrong of [undefined, null, 7, [], new Int32Array(6)]) refused('room for hits', () => addon.takeScanHits(wrong));
if (addon.takeScanHits(detached(new Uint32Array(30))) !== 0) failed.push('hits are taken without room');
if (addon.takeScanHits(new Uint32Array(5)) !== 1) failed.push('hits are taken with some room');
const [room, taken] = [new Uint32Array(6), new Uint32Array(9)];
if (addon.scanValues(plan, 'evil', words(4, 0), 1, room) !== 2) failed.push('hits with all room');
if (addon.takeScanHits(taken) !== 2 || '' + taken.slice(0, 6) !== '' + room) failed.push('hits are taken as they were given');
refused('an end beyond what was scanned', () => addon.scanValues(plan, 'x', words(2, 0), 1, out));
if (addon.takeScanHits(taken) !== 0) failed.push('a scan that failed leaves no hits');
if (addon.scanValues(plan, '', words(0, 0), 1, out) !== 0) failed.push('an empty value, which holds nothing');
if (addon.scanValues(plan, '', words(), 0, out) !== 0) failed.push('no values');
for (const wrong of [undefined, new Float64Array(6), new Float64Array(8), new Float32Array(7), []]) refused('statistics', () => raw.bindScanStats(wrong));`;
    expect(failuresOf(calls)).toEqual([]);
  });

  it('and goes on where what it was given is closed, collected, or of a thread that ended', () => {
    const calls = `
const lent = database.lend();
database.close();
let refusedLend = null;
try { database.lend(); } catch (error) { refusedLend = error.code; }
if (refusedLend !== 'HS_CLOSED') failed.push('a closed database is lent: ' + refusedLend);
const again = addon.createScanTables({ categories: CATEGORY_OF, lengths: words(), databases: [lent], variants: words(0xffffffff), deciders: Int32Array.of(0, 0), needStarts: words(0, 0, 0), needs: words() });
const other = addon.createScanPlan(again, [''], words(0), words(1, 0, 2, 0, 1));
for (let i = 0; i < 10; i++) { gc(); await new Promise(setImmediate); }
if (addon.scanValues(other, 'evil', words(4, 0), 1, out) !== 2) failed.push('a lent database is gone');`;
    expect(failuresOf(calls)).toEqual([]);
  });
});
