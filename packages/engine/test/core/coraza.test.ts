import { describe, expect, it } from 'vitest';
import { refusedAtLoad, run } from './support.ts';

describe('SecDataset', () => {
  const DATASETS =
    'SecDataset words `\n  # of attackers\n  union select\r\n\n  Sleep(  \n`\nSecDataset nets `\n192.0.2.0/24 # ours\n`\n';

  it('gives @pmFromDataset its words', () => {
    const rules = `${DATASETS}SecRule ARGS "@pmFromDataset words" "id:1,phase:2,pass,capture,log,logdata:'%{TX.0}'"`;
    const { ids, result } = run(rules, { uri: '/?a=1+UNION+select+1&b=sleep(1)&c=attackers' });
    expect(ids).toEqual([1]);
    expect(result.matches[0]?.targets.map(({ label }) => label)).toEqual(['ARGS:a', 'ARGS:b']);
    expect(result.matches[0]?.data).toBe('sleep(');
  });

  it('gives @ipMatchFromDataset its addresses', () => {
    const rule = `${DATASETS}SecRule REMOTE_ADDR "@ipMatchFromDataset nets" "id:1,phase:1,deny"`;
    expect(run(rule, { client: '192.0.2.7' }).verdict.kind).toBe('deny');
    expect(run(rule, { client: '192.0.3.7' }).verdict.kind).toBe('allow');
  });

  it('stands above the rules that name it, and the last one counts', () => {
    const again = `${DATASETS}SecDataset words \`other\`\nSecRule ARGS "@pmFromDataset words" "id:1,phase:2,deny"`;
    expect(run(again, { uri: '/?a=other' }).verdict.kind).toBe('deny');
    expect(run(again, { uri: '/?a=sleep(' }).verdict.kind).toBe('allow');
    const below = `SecRule ARGS "@pmFromDataset words" "id:1,phase:2,deny"\n${DATASETS}`;
    expect(refusedAtLoad(below)).toMatchObject({ code: 'SECLANG_BAD_ARGUMENT', position: { line: 1 } });
  });

  it('keeps the places of what follows it', () => {
    expect(refusedAtLoad(`${DATASETS}SecRule ARGS "@nothing" "id:1"`).position).toMatchObject({ line: 10 });
  });

  it.each(['SecDataset words `\na\n', 'SecDataset words `a` b', 'SecDataset words', 'SecDataset `a`'])(
    'is refused unless it is a name and a text in back-quotes: %j',
    (text) => {
      expect(refusedAtLoad(text).code).toMatch(/SECLANG_(?:SYNTAX|BAD_ARGUMENT)/);
    },
  );
});

describe('@restpath', () => {
  const paths = (form: string, uri: string): Readonly<Record<string, string>> | null => {
    const { ids, result } = run(`SecRule REQUEST_URI "@restpath ${form}" "id:1,phase:1,pass,log"`, { uri });
    const pairs = result.state.pathArguments.map(({ key, value }) => [key, value]);
    return ids.includes(1) ? Object.fromEntries(pairs) : null;
  };

  it.each([
    ['/some-random/url-{id}/{name}', '/some-random/url-123/juan', { id: '123', name: 'juan' }],
    ['/some-random/url/{id}', '/some-random/url/123?q=test', { id: '123' }],
    ['/some-random/url/{id}', '/some-random/url/456/test', { id: '456' }],
    [
      '/some-random/url-{id}/{expression}/{name}',
      '/some-random/url-123/foo/juan?q=1',
      { id: '123', expression: 'foo', name: 'juan' },
    ],
    ['/some-random/url-{id}/foo', '/some-random/url-123', null],
    ['^/(users|groups)/{id}$', '/groups/7', { id: '7' }],
    ['/a/[0-9]{2}/{id}', '/a/12/x', { id: 'x' }],
  ])('finds %s in %s', (form, uri, found) => {
    expect(paths(form, uri)).toEqual(found);
  });

  it('gives ARGS_PATH to the rules that follow', () => {
    const rules = `SecRule REQUEST_URI "@restpath /users/{userId}/posts/{postId}" "id:1,phase:1,pass,nolog"
      SecRule ARGS_PATH:userid "!@rx ^[0-9]+$" "id:2,phase:1,deny,log,logdata:'%{MATCHED_VAR_NAME} %{ARGS_PATH.postId}'"`;
    expect(run(rules, { uri: '/users/12/posts/3' }).verdict.kind).toBe('allow');
    const { verdict, result } = run(rules, { uri: '/users/1x/posts/3' });
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 2 });
    expect(result.matches.at(-1)?.data).toBe('ARGS_PATH:userId 3');
  });

  it.each(['/a/{id}/{id}', '/a/{id', '/(?<x>a)/{id}', '{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}', '/[/{id}'])(
    'refuses %s',
    (form) => {
      const { code } = refusedAtLoad(`SecRule REQUEST_URI "@restpath ${form}" "id:1,phase:1,pass"`);
      expect(code).toMatch(/SECLANG_BAD_ARGUMENT|PATTERN_/);
    },
  );
});

describe('@validateNid', () => {
  const captured = (argument: string, value: string): string | undefined => {
    const rule = `SecRule ARGS "@validateNid ${argument}" "id:1,phase:2,pass,capture,log,logdata:'%{TX.0}'"`;
    return run(rule, { uri: `/?a=${encodeURIComponent(value)}` }).result.matches[0]?.data;
  };

  it.each([
    ['cl [0-9.]{7,10}-[0-9Kk]', 'rut 11.111.111-1!', '11.111.111-1'],
    ['cl [0-9.]{7,10}-[0-9Kk]', '16100407-3', '16100407-3'],
    ['cl [0-9.]{7,10}-[0-9Kk]', '11.111.111-2', undefined],
    ['cl [0-9]{8}-[0-9Kk]', '10000013-K', '10000013-K'],
    ['us [0-9]{3}-?[0-9]{2}-?[0-9]{4}', 'ssn 136-45-6789', '136-45-6789'],
    ['us [0-9]{3}-?[0-9]{2}-?[0-9]{4}', '666-45-6789', undefined],
    ['us [0-9]{3}-?[0-9]{2}-?[0-9]{4}', '123-45-6789', undefined],
  ])('%s in %s: %s', (argument, value, found) => {
    expect(captured(argument, value)).toBe(found);
  });

  it.each(['', 'cl', 'de [0-9]+', 'cl ('])('refuses the argument %j', (argument) => {
    const { code } = refusedAtLoad(`SecRule ARGS "@validateNid ${argument}" "id:1,phase:2,pass"`);
    expect(code).toMatch(/SECLANG_BAD_ARGUMENT|PATTERN_/);
  });
});
