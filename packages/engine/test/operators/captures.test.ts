import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import type { OperatorArgument, OperatorInstance } from '../../src/operators/operator.ts';
import { findOperator } from '../../src/operators/registry.ts';
import { passesLuhn } from '../../src/operators/verify-cc.ts';
import {
  fakeEnvironment,
  fileArgument,
  firstCapture,
  macroArgument,
  staticArgument,
} from './fake-environment.ts';

function make(name: string, argument: OperatorArgument, environment = fakeEnvironment()): OperatorInstance {
  const definition = findOperator(name);
  return definition === undefined ? expect.fail(`no @${name}`) : definition.create(argument, environment);
}

describe('@rx', () => {
  it('captures its groups, unset ones too', () => {
    expect(make('rx', staticArgument('(a)(b)?(c)')).match('xacx', '')).toEqual(['ac', 'a', undefined, 'c']);
    expect(make('rx', staticArgument('a')).match('b', '')).toBeNull();
  });

  it('compiles a static pattern once, when it is made', () => {
    const environment = fakeEnvironment();
    const instance = make('rx', staticArgument('a+'), environment);
    expect(environment.compiled).toEqual(['a+']);
    instance.match('a', 'ignored');
    expect(environment.compiled).toEqual(['a+']);
  });

  it('compiles the pattern that a macro gives, and keeps it', () => {
    const environment = fakeEnvironment();
    const instance = make('rx', macroArgument('^%{tx.a}$'), environment);
    expect(environment.compiled).toEqual([]);
    expect(instance.match('b', '^b$')).toEqual(['b']);
    expect(instance.match('b', '^c$')).toBeNull();
    expect(instance.match('c', '^c$')).toEqual(['c']);
    expect(environment.compiled).toEqual(['^b$', '^c$']);
  });

  it('passes on what a pattern is refused with, and what a match fails with', () => {
    const failing = new EngineError('MATCH_LIMIT', { reason: 'test' });
    const environment = {
      ...fakeEnvironment(),
      compileRegex: (pattern: string) => {
        if (pattern === '(') throw new EngineError('PATTERN_SYNTAX', { reason: 'test' });
        const fail = () => {
          throw failing;
        };
        return { test: fail, exec: fail, search: fail };
      },
    };
    expect(() => make('rx', staticArgument('('), environment)).toThrow(
      expect.objectContaining({ code: 'PATTERN_SYNTAX' }),
    );
    expect(() => make('rx', staticArgument('a'), environment).match('a', 'a')).toThrow(failing);
  });
});

describe('@rxGlobal', () => {
  const numbers = make('rxGlobal', staticArgument('(\\d)x'));

  it('captures one match after another, ten captures in all', () => {
    expect(numbers.match('1x 2x', '')).toEqual(['1x', '1', '2x', '2']);
    expect(numbers.match('1x2x3x4x5x6x7x', '')).toHaveLength(10);
    expect(numbers.match('x', '')).toBeNull();
  });

  it('ends on a pattern that matches nothing', () => {
    expect(make('rxGlobal', staticArgument('a*')).match('b', '')).toEqual(['', '']);
    expect(make('rxGlobal', staticArgument('')).match('', '')).toEqual(['']);
  });
});

describe('@pm', () => {
  const pm = (argument: string, value: string) =>
    firstCapture(make('pm', staticArgument(argument)).match(value, argument));

  it('finds a word in any ASCII case and captures what the value has', () => {
    expect(pm('foo BAR', 'a bAr')).toBe('bAr');
    expect(pm('foo bar', 'a ba r')).toBeNull();
    expect(pm('\xe9', '\xc9')).toBeNull();
  });

  it.each([
    ['|41 42 63|d', 'xabcdx', 'abcd'],
    ['|00|', 'a\x00', '\x00'],
    ['|41', 'A', null],
    ['|41', '|41', '|41'],
    ['a|b', 'a|B', 'a|B'],
    ['||', '||', '||'],
    ['|4|', '|4|', '|4|'],
    ['\\;\\:\\"\\|\\\\', ';:"|\\', ';:"|\\'],
    ['\\x', '\\x', '\\x'],
    ['( )', 'f)', ')'],
    ['?>', 'a?>', '?>'],
    ['  a\t b ', 'B', 'B'],
    ['\xc3\xa0', 'x\xc3\xa0', '\xc3\xa0'],
  ])('%j finds in %j: %j', (argument, value, expected) => {
    expect(pm(argument, value)).toBe(expected);
  });

  it('takes its words from a macro', () => {
    const instance = make('pm', macroArgument('%{tx.words}'));
    expect(instance.match('xfoo', 'foo')).toEqual(['foo']);
    expect(instance.match('xfoo', 'bar')).toBeNull();
  });
});

describe('@pmFromFile', () => {
  it('takes a line as a word, with its blanks and bars', () => {
    const instance = make('pmFromFile', fileArgument(['two words', '|41|']));
    expect(instance.match('has Two Words', '')).toEqual(['Two Words']);
    expect(instance.match('two', '')).toBeNull();
    expect(instance.match('A', '')).toBeNull();
    expect(instance.match('|41|', '')).toEqual(['|41|']);
  });

  it('matches nothing without words', () => {
    expect(make('pmf', fileArgument([])).match('anything', '')).toBeNull();
  });

  it('refuses to be made before its file was read', () => {
    expect(() => make('pmFromFile', staticArgument('words.data'))).toThrow(
      expect.objectContaining({ code: 'SECLANG_BAD_ARGUMENT' }),
    );
  });
});

describe('@ipMatchFromFile', () => {
  it('finds an address or a network', () => {
    const instance = make('ipMatchF', fileArgument(['10.0.0.0/8', '::1']));
    expect(instance.match('10.1.2.3', '')).toEqual([]);
    expect(instance.match('::1', '')).toEqual([]);
    expect(instance.match('11.1.2.3', '')).toBeNull();
  });

  it('refuses a line that is neither, and to be made before its file was read', () => {
    const refused = expect.objectContaining({ code: 'SECLANG_BAD_ARGUMENT' });
    expect(() => make('ipMatchFromFile', fileArgument(['10.0.0.0/8', 'x']))).toThrow(refused);
    expect(() => make('ipMatchFromFile', staticArgument('x'))).toThrow(refused);
  });
});

describe('@detectSQLi and @detectXSS', () => {
  it('captures the fingerprint', () => {
    const instance = make('detectSQLi', staticArgument(''));
    expect(instance.match('1 union select', '')).toEqual(['s&UE']);
    expect(instance.match('harmless', '')).toBeNull();
  });

  it('captures the value', () => {
    const instance = make('detectXSS', staticArgument(''));
    expect(instance.match('<script>', '')).toEqual(['<script>']);
    expect(instance.match('harmless', '')).toBeNull();
  });
});

describe('@verifyCC', () => {
  const VALID = '4012888888881881';
  const instance = make('verifyCC', staticArgument('\\d{13,16}'));

  it('captures a number that passes the Luhn test', () => {
    expect(instance.match(`card ${VALID}.`, '')).toEqual([VALID]);
    expect(instance.match('card 4012888888881882.', '')).toBeNull();
    expect(instance.match('', '')).toBeNull();
  });

  it('finds a number wherever it stands', () => {
    for (let offset = 0; offset < 600; offset++) {
      expect(instance.match(`${'x'.repeat(offset)}${VALID}y`, ''), String(offset)).toEqual([VALID]);
    }
  });

  it('finds a number behind digits that fail the test', () => {
    expect(firstCapture(instance.match(`1${VALID}`, ''))).not.toBeNull();
    expect(firstCapture(instance.match(`${'1'.repeat(300)} ${VALID}`, ''))).not.toBeNull();
  });

  it('ends on a pattern that matches nothing', () => {
    expect(make('verifyCC', staticArgument('x*')).match('abc', '')).toBeNull();
  });
});

describe('passesLuhn', () => {
  it.each(['79927398713', '4012-8888-8888-1881', '0'])('holds for %s', (text) => {
    expect(passesLuhn(text)).toBe(true);
  });

  it.each(['79927398710', '1', '', 'none'])('does not hold for %j', (text) => {
    expect(passesLuhn(text)).toBe(false);
  });
});

describe.each([
  [
    'verifyCPF',
    String.raw`\d{3}\.?\d{3}\.?\d{3}-?\d{2}`,
    ['529.982.247-25', '52998224725', '111.444.777-35'],
    ['529.982.247-24', '529.982.247-35', '00000000000', '11111111111', '5299822472'],
  ],
  [
    'verifySSN',
    String.raw`\d{3}-?\d{2}-?\d{4}`,
    ['078-05-1120', '219099999', '739-01-0001'],
    [
      '000-12-3456',
      '666-12-3456',
      '740-12-3456',
      '900-12-3456',
      '078-00-1120',
      '078-05-0000',
      '111111111',
      '123456789',
    ],
  ],
  [
    'verifySVNR',
    String.raw`\d{4} ?\d{6}`,
    ['1237 010180', '1237010180', '1000010180'],
    ['1238 010180', '0000000000', '123701018'],
  ],
])('@%s', (name, pattern, good, bad) => {
  const instance = make(name, staticArgument(pattern));

  it.each(good)('finds %s, alone and in a text', (number) => {
    expect(instance.match(number, pattern)).toEqual([number]);
    expect(instance.match(`no. ${number}, please`, pattern)).toEqual([number]);
  });

  it.each(bad)('does not find %s', (number) => {
    expect(instance.match(number, pattern)).toBeNull();
  });

  it('finds a good number behind a bad one', () => {
    expect(instance.match(`${bad[0]} / ${good[0]}`, pattern)).toEqual([good[0]]);
  });
});
