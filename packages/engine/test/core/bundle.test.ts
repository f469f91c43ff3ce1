import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { libraryBuild } from '@sluice/hyperscan-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bundleDigest, decodeBundle, encodeBundle } from '../../src/bundle/bundle.ts';
import { bytesOfBuffer } from '../../src/bundle/bytes-at.ts';
import { compileUnit } from '../../src/bundle/compile-unit.ts';
import { BundleStore } from '../../src/bundle/store.ts';
import { Engine, overlayFor, type RuleUnit } from '../../src/index.ts';
import { makeRuleFiles } from '../../src/language/rule-files.ts';
import { BUNDLE_LIMITS, type BundleLimits } from '../../src/limits.ts';
import { judge, refusalOf } from './support.ts';

const RULES = `SecRule ARGS "@rx (?i)ev[il]{2}" "id:1,phase:1,deny,capture,msg:'%{tx.0}'"
SecRule ARGS "@pm attack union" "id:2,phase:2,deny"
SecRule ARGS "@rx ^(a)\\\\1$" "id:3,phase:2,pass"
SecRuleRemoveById 99
SecRuleUpdateActionById 2 "status:418"`;
const SOURCES = [{ path: 'rules.conf', text: RULES }];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-bundle-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const load = (): RuleUnit => new Engine({ cacheDirectory: directory }).loadRules(SOURCES);
const files = (): readonly string[] => readdirSync(directory).filter((name) => name.endsWith('.bundle'));
const bundleFile = (): string => join(directory, files()[0] ?? 'none');
const verdicts = (unit: RuleUnit) => {
  const ruleSet = new Engine({ cacheDirectory: null }).ruleSet(
    unit,
    overlayFor({ name: 'x', mode: 'Block' }),
  );
  return ['/?a=EVIL', '/?a=union', '/?a=aa', '/'].map((uri) => {
    const { verdict, trace } = judge(ruleSet, { uri });
    return { verdict, trace };
  });
};
/** Whether a load compiled, which writes the file anew; one that is loaded is left alone. */
const rewritten = (action: () => unknown): boolean => {
  const before = statSync(bundleFile(), { bigint: true });
  action();
  const after = statSync(bundleFile(), { bigint: true });
  return before.ino !== after.ino || before.mtimeNs !== after.mtimeNs;
};

describe('compiled rules on disk', () => {
  it('come back as the same program with the same verdicts', () => {
    const first = load();
    const second = load();
    expect(rewritten(load)).toBe(false);
    expect(files()).toHaveLength(1);
    expect(JSON.parse(JSON.stringify(second.program))).toEqual(JSON.parse(JSON.stringify(first.program)));
    expect(verdicts(second)).toEqual(verdicts(first));
    expect(verdicts(second)[1]?.verdict).toMatchObject({ ruleId: 2, status: 418 });
  });

  it('are frozen like those just compiled', () => {
    load();
    const { program } = load();
    expect(
      Object.isFrozen(program) && Object.isFrozen(program.items) && Object.isFrozen(program.items[0]),
    ).toBe(true);
  });

  it('are for this user alone: files 0600, a directory made with 0700', () => {
    const inner = join(directory, 'made', 'here');
    new Engine({ cacheDirectory: inner }).loadRules(SOURCES);
    expect(statSync(inner).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(inner)) expect(statSync(join(inner, name)).mode & 0o777).toBe(0o600);
  });

  it('differ by content, level and nothing else', () => {
    load();
    const engine = new Engine({ cacheDirectory: directory });
    engine.loadRules(SOURCES, { paranoiaMax: 1 });
    engine.loadRules([{ path: 'rules.conf', text: `${RULES}\nSecMarker M` }]);
    engine.loadRules(SOURCES);
    expect(files()).toHaveLength(3);
  });
});

describe('rules in files', () => {
  const rule = (word: string): string => `SecRule ARGS "@contains ${word}" "id:1,phase:2,deny"`;
  const denied = (folder: string, value: string): boolean => {
    const engine = new Engine({ cacheDirectory: join(directory, 'cache') });
    const unit = engine.loadFiles([join(folder, '*.conf')]);
    const ruleSet = engine.ruleSet(unit, overlayFor({ name: 'files', mode: 'Block' }));
    return judge(ruleSet, { uri: `/?a=${value}` }).verdict.kind === 'deny';
  };

  it('are read anew when a file, an included one, a data file or the list of files changes', () => {
    const folder = mkdtempSync(join(directory, 'rules-'));
    writeFileSync(join(folder, 'a.conf'), `${rule('one')}\nInclude sub.inc`);
    writeFileSync(join(folder, 'sub.inc'), 'SecRule ARGS "@pmFromFile words.data" "id:2,phase:2,deny"');
    writeFileSync(join(folder, 'words.data'), 'three');
    expect(['one', 'two', 'three', 'four'].map((value) => denied(folder, value))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    writeFileSync(join(folder, 'words.data'), 'four');
    expect([denied(folder, 'three'), denied(folder, 'four')]).toEqual([false, true]);
    writeFileSync(join(folder, 'sub.inc'), 'SecRule ARGS "@contains five" "id:2,phase:2,deny"');
    expect([denied(folder, 'four'), denied(folder, 'five')]).toEqual([false, true]);
    writeFileSync(join(folder, 'b.conf'), 'SecRule ARGS "@contains six" "id:3,phase:2,deny"');
    expect([denied(folder, 'one'), denied(folder, 'six')]).toEqual([true, true]);
  });
});

describe('a bundle', () => {
  const { program } = new Engine({ cacheDirectory: null }).loadRules(SOURCES);
  const inputs = { files: [], lists: [] };
  const provenBuild = 'a build';
  const compiled = compileUnit(program, { paranoiaMax: 4 });
  const bytes = encodeBundle({ program, inputs, provenBuild, ...compiled });
  /** Copies of the databases of a bundle: what is read when they are opened. */
  const databasesOf = (encoded: Buffer): readonly Uint8Array[] => {
    const { image } = decodeBundle(bytesOfBuffer(encoded), 'x.bundle');
    return Array.from(image.databases, (database) => Uint8Array.from(database));
  };

  it('comes back as it was', () => {
    const back = decodeBundle(bytesOfBuffer(bytes), 'x.bundle');
    const { databases, ...facts } = compiled.image;
    expect(databasesOf(bytes)).toEqual([...databases]);
    expect(back).toMatchObject({ inputs, provenBuild, patterns: compiled.patterns, image: facts });
    expect(JSON.parse(JSON.stringify(back.program))).toEqual(JSON.parse(JSON.stringify(program)));
  });

  it('holds text of any bytes', () => {
    const text = `SecRule ARGS "@contains \xe9\x80\x00" "id:1,phase:2,deny,msg:'\u20ac \xff'"`;
    const odd = new Engine({ cacheDirectory: null }).compile([{ path: '\u{1f600}.conf', text }]);
    const image = { ...compiled.image, databases: [] };
    const encoded = encodeBundle({ program: odd, inputs, patterns: new Map(), image, provenBuild: null });
    const back = decodeBundle(bytesOfBuffer(encoded), 'x.bundle');
    expect(JSON.parse(JSON.stringify(back.program))).toEqual(JSON.parse(JSON.stringify(odd)));
  });

  it('is refused with any byte flipped', () => {
    const step = Math.max(1, Math.floor(bytes.length / 3_000));
    const places = new Set(
      [...bytes.keys()].filter((at) => at % step === 0 || at < 64 || at > bytes.length - 64),
    );
    for (const at of places) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x01;
      const error = refusalOf(() => databasesOf(damaged));
      expect(error.code).toBe('BUNDLE_CORRUPT');
    }
  });

  it('is refused cut at any length, or with bytes behind it', () => {
    for (let length = 0; length < bytes.length; length += Math.max(1, Math.floor(bytes.length / 1_000))) {
      expect(refusalOf(() => databasesOf(bytes.subarray(0, length))).code).toBe('BUNDLE_CORRUPT');
    }
    expect(refusalOf(() => databasesOf(Buffer.concat([bytes, Buffer.alloc(1)]))).code).toBe('BUNDLE_CORRUPT');
  });
});

describe('a file on disk', () => {
  const damaged: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    'with a byte flipped in the header': (bytes) => flip(bytes, 40),
    'with a byte flipped in the database': (bytes) => flip(bytes, bytes.length - 100),
    'with its digest changed': (bytes) => flip(bytes, bytes.length - 1),
    'cut in the middle': (bytes) => bytes.subarray(0, bytes.length / 2),
    'that is empty': () => Buffer.alloc(0),
  };
  const flip = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 0x80;
    return copy;
  };

  it.each(Object.entries(damaged))('%s is made anew', (_, damage) => {
    const expected = verdicts(load());
    writeFileSync(bundleFile(), damage(readFileSync(bundleFile())), { mode: 0o600 });
    let unit: RuleUnit | undefined;
    expect(rewritten(() => (unit = load()))).toBe(true);
    expect(unit && verdicts(unit)).toEqual(expected);
    expect(rewritten(load)).toBe(false);
  });

  it('that the index does not know is not loaded, though it is whole', () => {
    load();
    writeFileSync(join(directory, 'INDEX'), '', { mode: 0o600 });
    expect(rewritten(load)).toBe(true);
  });

  it('that is another bundle of the index under this name is not loaded', () => {
    load();
    const mine = bundleFile();
    new Engine({ cacheDirectory: directory }).loadRules([
      { path: 'other.conf', text: 'SecRule ARGS "@rx other" "id:7,phase:1,pass"' },
    ]);
    const other =
      files()
        .map((name) => join(directory, name))
        .find((name) => name !== mine) ?? '';
    writeFileSync(mine, readFileSync(other), { mode: 0o600 });
    expect(load().program.items).toHaveLength(3);
  });

  it.each([0o644, 0o660, 0o606, 0o777])('with mode %o is made anew: others could have written it', (mode) => {
    load();
    chmodSync(bundleFile(), mode);
    expect(rewritten(load)).toBe(true);
    expect(statSync(bundleFile()).mode & 0o777).toBe(0o600);
    expect(rewritten(load)).toBe(false);
  });

  it('of another owner is never loaded', () => {
    load();
    vi.spyOn(process, 'getuid').mockReturnValue(4_242);
    expect(rewritten(load)).toBe(true);
  });

  it('beside an index that others can write is made anew, and so is the index, which is what is trusted', () => {
    load();
    chmodSync(join(directory, 'INDEX'), 0o666);
    expect(rewritten(load)).toBe(true);
    expect(statSync(join(directory, 'INDEX')).mode & 0o777).toBe(0o600);
    expect(rewritten(load)).toBe(false);
  });
});

describe('the proof of the library', () => {
  const source = (file: string): string => join(import.meta.dirname, '../../src', file);
  const binding = join(import.meta.dirname, '../../../hyperscan-js/src/binding.ts');
  /** Loads in a process of its own; says whether Hyperscan compiled anything, which it does of a kept bundle to prove itself only. */
  const compilesAtLoad = async (): Promise<string> =>
    await runNode(
      `import { Engine } from '${source('index.ts')}';
      import { unprovenNative } from '${binding}';
      const addon = unprovenNative();
      const { compile } = addon;
      let isCalled = false;
      addon.compile = (...given) => ((isCalled = true), compile(...given));
      new Engine({ cacheDirectory: process.argv[1] }).loadRules(${JSON.stringify(SOURCES)});
      console.log(isCalled && addon.isProven());`,
      directory,
    );
  /** The bundle with another word about the proof, and digest and index to match. */
  const rewrite = (provenBuild: string | null): void => {
    const file = bundleFile();
    const bundle = decodeBundle(bytesOfBuffer(readFileSync(file)), file);
    const databases = Array.from(bundle.image.databases, (database) => Uint8Array.from(database));
    const bytes = encodeBundle({ ...bundle, image: { ...bundle.image, databases }, provenBuild });
    writeFileSync(file, bytes, { mode: 0o600 });
    const line = `${basename(file)} ${bundleDigest(bytesOfBuffer(bytes))}`;
    writeFileSync(join(directory, 'INDEX'), `${line}\n`, { mode: 0o600 });
  };

  it('is in the bundle that was made with it, and not made again', async () => {
    load();
    const { provenBuild } = decodeBundle(bytesOfBuffer(readFileSync(bundleFile())), 'x.bundle');
    expect(provenBuild).toBe(libraryBuild());
    expect(provenBuild).not.toBe(null);
    expect(await compilesAtLoad()).toBe('false');
  });

  it.each(['another build', null])(
    'is made where a bundle says %s, which is loaded all the same',
    async (word) => {
      load();
      rewrite(word);
      const before = readFileSync(bundleFile());
      expect(await compilesAtLoad()).toBe('true');
      expect(readFileSync(bundleFile()).equals(before)).toBe(true);
    },
  );
});

describe('two processes at once', () => {
  it('both get their rules, and leave one good file', async () => {
    const script = `import { Engine } from '${join(import.meta.dirname, '../../src/index.ts')}';
      const unit = new Engine({ cacheDirectory: process.argv[1] }).loadRules(${JSON.stringify(SOURCES)});
      console.log(unit.program.items.length);`;
    const outputs = await Promise.all(Array.from({ length: 4 }, () => runNode(script, directory)));
    expect(outputs).toEqual(['3', '3', '3', '3']);
    expect(files()).toHaveLength(1);
    expect(readdirSync(directory).sort()).toEqual(['INDEX', files()[0]].sort());
    expect(rewritten(load)).toBe(false);
    expect(verdicts(load())[0]?.verdict.kind).toBe('deny');
  });
});

const DAY_MILLIS = 86_400_000;

describe('a store', () => {
  const reader = makeRuleFiles();
  const compiler = new Engine({ cacheDirectory: null });
  /** Opens rules of that number; returns the name of their file. */
  const open = (number: number, limits: Partial<BundleLimits> = {}): string => {
    const sources = [
      { path: 'p.conf', text: `SecRule ARGS "@contains ${number}" "id:${number},phase:1,pass"` },
    ];
    const key = { sources: [sources[0]?.text ?? ''], paranoiaMax: 4 };
    const request = { ...key, compile: () => compiler.compile(sources) };
    const before = new Set(files());
    new BundleStore(directory, { ...BUNDLE_LIMITS, ...limits }).open(request, reader);
    return files().find((name) => !before.has(name)) ?? '';
  };
  const age = (name: string, days: number): void => {
    const then = (Date.now() - days * DAY_MILLIS) / 1_000;
    utimesSync(join(directory, name), then, then);
  };
  const index = (): readonly string[] =>
    readFileSync(join(directory, 'INDEX'), 'latin1').split('\n').filter(Boolean).sort();
  const linesOfFiles = (): readonly string[] =>
    files()
      .map((name) => `${name} ${bundleDigest(bytesOfBuffer(readFileSync(join(directory, name))))}`)
      .sort();

  it('takes away what was not opened for long, and keeps what was', () => {
    const [old, used] = [open(1), open(2)];
    age(old, 91);
    age(used, 89);
    const last = open(3);
    expect([...files()].sort()).toEqual([used, last].sort());
    expect(index()).toEqual(linesOfFiles());
    expect(readdirSync(directory)).toHaveLength(3);
  });

  it('counts an opening as use, also where a file is read otherwise, and a loaded file keeps its bytes', () => {
    const [opened, read] = [open(1), open(2)];
    age(opened, 91);
    age(read, 91);
    readFileSync(join(directory, read));
    const before = statSync(join(directory, opened));
    expect(open(1)).toBe('');
    expect(statSync(join(directory, opened)).ino).toBe(before.ino);
    open(3);
    expect(files()).toContain(opened);
    expect(files()).not.toContain(read);
  });

  it('takes the least recently opened away until all fit, and never what was opened just now', () => {
    const names = [1, 2, 3, 4].map((number) => open(number));
    names.forEach((name, at) => void age(name, 10 - at));
    const total = names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    const bytes = statSync(join(directory, names[0] ?? '')).size;
    const last = open(5, { totalBytesMax: total - Math.floor(bytes / 2) });
    expect([...files()].sort()).toEqual([...names.slice(2), last].sort());
    open(6, { totalBytesMax: 1 });
    expect(files()).toHaveLength(2);
    expect(files()).toContain(last);
    expect(index()).toEqual(linesOfFiles());
  });

  it('leaves what it did not write, and what may still be written', () => {
    const temporary = `${'a'.repeat(40)}.bundle.4242.17`;
    const left = ['notes.txt', 'b.bundle', `${'c'.repeat(40)}.bundle.txt`, temporary];
    for (const name of left) writeFileSync(join(directory, name), 'x', { mode: 0o600 });
    for (const name of left.slice(0, 3)) age(name, 400);
    const folder = `${'d'.repeat(40)}.bundle`;
    mkdirSync(join(directory, folder));
    age(folder, 400);
    open(1);
    expect(readdirSync(directory)).toEqual(expect.arrayContaining([...left, folder]));
    age(temporary, 2);
    open(2);
    expect(readdirSync(directory)).not.toContain(temporary);
  });

  it('keeps no more of the index than there are files', () => {
    const name = open(1);
    for (let round = 0; round < 5; round++) {
      writeFileSync(join(directory, name), 'damaged', { mode: 0o600 });
      open(1);
    }
    writeFileSync(join(directory, 'INDEX'), `${'0'.repeat(40)}.bundle ${'0'.repeat(64)}\nnonsense\n`, {
      mode: 0o600,
      flag: 'a',
    });
    open(2);
    expect(index()).toEqual(linesOfFiles());
    expect(statSync(join(directory, 'INDEX')).mode & 0o777).toBe(0o600);
  });

  it('is pruned by one process a time, and by the next where that one died', () => {
    const old = open(1);
    age(old, 91);
    writeFileSync(join(directory, 'PRUNE'), '', { mode: 0o600 });
    open(2);
    expect(files()).toContain(old);
    age('PRUNE', 1);
    open(3);
    expect(files()).not.toContain(old);
    expect(readdirSync(directory)).not.toContain('PRUNE');
  });

  it('serves several processes that prune all the time', async () => {
    const script = `import { BundleStore } from '${join(import.meta.dirname, '../../src/bundle/store.ts')}';
      import { Engine } from '${join(import.meta.dirname, '../../src/index.ts')}';
      import { makeRuleFiles } from '${join(import.meta.dirname, '../../src/language/rule-files.ts')}';
      const compiler = new Engine({ cacheDirectory: null });
      const limits = { unopenedDaysMax: 0, totalBytesMax: 1, recentMinutes: 0, unfinishedDaysMax: 1 };
      let opened = 0;
      for (let round = 0; round < 60; round++) {
        const text = \`SecRule ARGS "@contains \${round % 7}" "id:\${1 + round % 7},phase:1,pass"\`;
        const request = { sources: [text], paranoiaMax: 4, compile: () => compiler.compile([{ path: 'p.conf', text }]) };
        const unit = new BundleStore(process.argv[1], limits).open(request, makeRuleFiles());
        if (unit.program.items.length === 1) opened++;
      }
      console.log(opened);`;
    const outputs = await Promise.all(Array.from({ length: 3 }, () => runNode(script, directory)));
    expect(outputs).toEqual(['60', '60', '60']);
    open(99);
    expect(index()).toEqual(linesOfFiles());
    expect(readdirSync(directory).filter((name) => !files().includes(name))).toEqual(['INDEX']);
  }, 60_000);
});

function runNode(script: string, argument: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, argument]);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', () => resolve(output.trim()));
  });
}
