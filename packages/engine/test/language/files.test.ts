import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import { readDataFile } from '../../src/language/data-file.ts';
import type { FileReader } from '../../src/language/file-reader.ts';
import { parseFiles, parseRules } from '../../src/language/parse.ts';
import { makeRuleFiles } from '../../src/language/rule-files.ts';
import { LANGUAGE_LIMITS } from '../../src/limits.ts';
import { failure } from './helpers.ts';

const base = mkdtempSync(join(tmpdir(), 'seclang-files-'));
let tests = 0;
let directory = base;

beforeEach(() => {
  directory = join(base, String(++tests));
  mkdirSync(directory);
});

afterAll(() => rmSync(base, { recursive: true }));

const write = (name: string, content: string | Buffer): string => {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content, 'latin1');
  return path;
};

const markers = (path: string): readonly string[] =>
  parseFiles([path], makeRuleFiles()).directives.map((node) =>
    node.kind === 'marker' ? node.name : node.kind,
  );

describe('Include', () => {
  it('puts the directives of a file in its place, relative to the file that names it', () => {
    write('sub/b.conf', 'SecMarker B\nInclude c.conf');
    write('sub/c.conf', 'SecMarker C');
    expect(markers(write('a.conf', 'SecMarker A\nInclude "sub/b.conf"\nSecMarker D'))).toEqual([
      'A',
      'B',
      'C',
      'D',
    ]);
  });

  it('sorts what a glob pattern matches', () => {
    for (const name of ['10', '9', 'a', 'B']) write(`rules/${name}.conf`, `SecMarker ${name}`);
    expect(markers(write('a.conf', 'include rules/*.conf'))).toEqual(['10', '9', 'B', 'a']);
    expect(markers(join(directory, 'rules/?.conf'))).toEqual(['9', 'B', 'a']);
  });

  it('takes the same file twice, and names each file with its digest', () => {
    const b = write('b.conf', 'SecMarker B\xff');
    const a = write('a.conf', 'Include b.conf\nInclude b.conf');
    const { sources, directives } = parseFiles([a], makeRuleFiles());
    expect(sources.map((source) => source.path)).toEqual([a, b, b]);
    const bytes = Buffer.from('SecMarker B\xff', 'latin1');
    expect(sources[1]?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(directives).toMatchObject([{ name: 'B\xff' }, { name: 'B\xff' }]);
  });

  it('refuses a file that includes itself, at whatever distance', () => {
    const a = write('a.conf', 'SecMarker A\n  Include b.conf');
    const b = write('b.conf', 'Include a.conf');
    const error = failure(() => parseFiles([a], makeRuleFiles()));
    expect(error).toMatchObject({ code: 'SECLANG_BAD_ARGUMENT', position: { file: b, line: 1, column: 9 } });
    expect(error.rawMessage).toContain(`${a} → ${b} → ${a}`);
  });

  it('refuses a missing file and a pattern that matches nothing, with the place of the Include', () => {
    for (const name of ['missing.conf', 'missing/*.conf', '.']) {
      const error = failure(() => markers(write('a.conf', `\nInclude ${name}`)));
      expect(error).toMatchObject({ code: 'RULE_FILE_UNREADABLE', position: { line: 2, column: 9 } });
      expect(error.message).toContain(`\n  Include ${name}\n          ^`);
    }
  });

  it('refuses paths given to it that cannot be read', () => {
    for (const path of ['none.conf', 'none/*.conf']) {
      const error = failure(() => parseFiles([join(directory, path)], makeRuleFiles()));
      expect([error.code, error.position]).toEqual(['RULE_FILE_UNREADABLE', undefined]);
    }
  });

  it('lets IncludeOptional match nothing, but not name a missing file', () => {
    expect(markers(write('a.conf', 'IncludeOptional none/*.conf\nSecMarker A'))).toEqual(['A']);
    expect(failure(() => markers(write('b.conf', 'IncludeOptional none.conf'))).code).toBe(
      'RULE_FILE_UNREADABLE',
    );
  });

  it('refuses to go deeper than the limit, and just not at it', () => {
    const depth = LANGUAGE_LIMITS.includeDepthMax;
    for (let level = 0; level <= depth; level++) write(`${level}.conf`, `Include ${level + 1}.conf`);
    write(`${depth + 1}.conf`, 'SecMarker A');
    expect(markers(join(directory, '1.conf'))).toEqual(['A']);
    expect(failure(() => markers(join(directory, '0.conf'))).rawMessage).toBe(
      `Include: more than ${depth} levels deep`,
    );
  });

  it('refuses more files than the limit', () => {
    write('b.conf', '');
    const path = write('a.conf', 'Include b.conf\n'.repeat(LANGUAGE_LIMITS.includedFilesMax));
    expect(failure(() => markers(path)).code).toBe('RULE_FILE_UNREADABLE');
  });

  it('refuses without a reader, and without exactly one path', () => {
    const code = (text: string): string => failure(() => parseRules([{ path: 'a', text }])).code;
    expect(code('Include b.conf')).toBe('RULE_FILE_UNREADABLE');
    expect(code('Include')).toBe('SECLANG_BAD_ARGUMENT');
    expect(code('Include a b')).toBe('SECLANG_BAD_ARGUMENT');
  });

  it('wraps what a reader of others throws', () => {
    const readFile: FileReader = {
      read: () => {
        throw new RangeError('no disk');
      },
      list: () => [],
      resolve: (_, path) => path,
    };
    const error = failure(() => parseRules([{ path: 'a', text: 'Include b' }], { readFile }));
    expect(error).toMatchObject({ code: 'RULE_FILE_UNREADABLE', details: { path: 'b', reason: 'no disk' } });
    expect(error.cause).toBeInstanceOf(RangeError);
  });

  it('stops when it is told to', () =>
    expect(() =>
      parseRules([{ path: 'a', text: 'SecMarker A' }], {
        signal: AbortSignal.abort(new RangeError('enough')),
      }),
    ).toThrow('enough'));

  it('refuses a source over the limit', () => {
    const text = ' '.repeat(LANGUAGE_LIMITS.fileBytesMax);
    expect(parseRules([{ path: 'a', text }]).directives).toEqual([]);
    expect(failure(() => parseRules([{ path: 'a', text: `${text} ` }])).code).toBe('RULE_FILE_UNREADABLE');
  });
});

describe('makeRuleFiles()', () => {
  it('reads bytes as latin1', () => {
    const path = write('a', Buffer.from([0, 0x80, 0xff, 0x0a]));
    expect(makeRuleFiles().read(path)).toBe('\x00\x80\xff\n');
  });

  it('refuses directories, devices and files over the limit', () => {
    const files = makeRuleFiles({ fileBytesMax: 3 });
    expect(files.read(write('a', 'abc'))).toBe('abc');
    for (const path of [write('b', 'abcd'), directory, '/dev/null']) {
      expect(failure(() => files.read(path)).code).toBe('RULE_FILE_UNREADABLE');
    }
  });

  it('keeps inside its root, symbolic links followed', () => {
    const outside = write('secret', 'x');
    const inside = write('root/a', 'y');
    symlinkSync(outside, join(directory, 'root/link'));
    const files = makeRuleFiles({ root: join(directory, 'root') });
    expect(files.read(inside)).toBe('y');
    for (const path of [outside, join(directory, 'root/link'), join(directory, 'root/../secret')]) {
      expect(failure(() => files.read(path)).rawMessage).toContain('it lies outside of');
    }
    expect(failure(() => makeRuleFiles({ root: join(directory, 'none') })).code).toBe('RULE_FILE_UNREADABLE');
  });
});

describe('readDataFile()', () => {
  it('trims lines and leaves out comments and empty lines, CRLF or not', () => {
    write('words.data', '# words\r\n  union select \r\n\r\n\tx # y\n#\n\xa0z\xa0');
    const from = join(directory, 'a.conf');
    expect(readDataFile(makeRuleFiles(), from, 'words.data')).toEqual(['union select', 'x # y', '\xa0z\xa0']);
  });

  it('cuts comments behind addresses where it is asked to', () => {
    write('ips.data', '10.0.0.0/8 # inside\n# none\n::1#local');
    const from = join(directory, 'a.conf');
    const lines = readDataFile(makeRuleFiles(), from, 'ips.data', { trailingComments: true });
    expect(lines).toEqual(['10.0.0.0/8', '::1']);
  });

  it('reads several files in their order', () => {
    write('a.data', 'a');
    write('b.data', 'b');
    expect(readDataFile(makeRuleFiles(), join(directory, 'x.conf'), ' b.data  a.data ')).toEqual(['b', 'a']);
  });

  it('refuses a missing file', () => {
    const error = failure(() => readDataFile(makeRuleFiles(), join(directory, 'x.conf'), 'none.data'));
    expect(error).toBeInstanceOf(EngineError);
    expect(error.rawMessage).toBe(`cannot read ${join(directory, 'none.data')}: there is no such file`);
  });
});
