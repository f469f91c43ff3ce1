import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import { withSourceLine } from '../../src/language/place.ts';
import { failureOf } from './helpers.ts';

const message = (text: string): string => `\n${failureOf(text).message}`;
const remedy = (text: string): string => failureOf(text).remedy;

describe('error texts', () => {
  it('points at the quote that is not closed', () =>
    expect(message('SecRule ARGS "@rx foo\\"')).toMatchInlineSnapshot(`
      "
      rules.conf:1:14: a quote is not closed [SECLANG_SYNTAX]
        SecRule ARGS "@rx foo\\"
                     ^"
    `));

  it('points at text after a quote that closed too late', () =>
    expect(message('SecRule ARGS "@rx foo\\" "id:1"')).toMatchInlineSnapshot(`
      "
      rules.conf:1:26: text follows the closing quote; inside, write \\" [SECLANG_SYNTAX]
        SecRule ARGS "@rx foo\\" "id:1"
                                 ^"
    `));

  it('points at text that sticks to a closing quote', () =>
    expect(message('SecRule ARGS "@rx a"b" "id:1"')).toMatchInlineSnapshot(`
      "
      rules.conf:1:21: text follows the closing quote; inside, write \\" [SECLANG_SYNTAX]
        SecRule ARGS "@rx a"b" "id:1"
                            ^"
    `));

  it('points at an unknown directive and names the nearest', () => {
    expect(message('  SecRul ARGS x')).toMatchInlineSnapshot(`
      "
      rules.conf:1:3: unknown directive SecRul [SECLANG_UNKNOWN_DIRECTIVE]
          SecRul ARGS x
          ^"
    `);
    expect(remedy('  SecRul ARGS x')).toMatchInlineSnapshot(
      `"Check its spelling (did you mean SecRule?); docs/seclang.md lists what works."`,
    );
  });

  it('points at an unknown variable and names the nearest', () => {
    expect(message('SecRule ARGS|!REQUEST_HEADER:Host x')).toMatchInlineSnapshot(`
      "
      rules.conf:1:15: unknown variable REQUEST_HEADER [SECLANG_UNKNOWN_VARIABLE]
        SecRule ARGS|!REQUEST_HEADER:Host x
                      ^"
    `);
    expect(remedy('SecRule ARGS|!REQUEST_HEADER:Host x')).toMatchInlineSnapshot(
      `"Check its spelling (did you mean REQUEST_HEADERS?); docs/seclang.md lists what works."`,
    );
  });

  it('points at an unknown operator and names the nearest', () => {
    expect(message('SecRule ARGS "!@beginWith x"')).toMatchInlineSnapshot(`
      "
      rules.conf:1:17: unknown operator @beginWith [SECLANG_UNKNOWN_OPERATOR]
        SecRule ARGS "!@beginWith x"
                        ^"
    `);
    expect(remedy('SecRule ARGS "!@beginWith x"')).toMatchInlineSnapshot(
      `"Check its spelling (did you mean beginsWith?); docs/seclang.md lists what works."`,
    );
  });

  it('points at an unknown action and names the nearest', () => {
    expect(message('SecAction "id:1,phsae:2"')).toMatchInlineSnapshot(`
      "
      rules.conf:1:17: unknown action phsae [SECLANG_UNKNOWN_ACTION]
        SecAction "id:1,phsae:2"
                        ^"
    `);
    expect(remedy('SecAction "id:1,phsae:2"')).toMatchInlineSnapshot(
      `"Check its spelling (did you mean phase?); docs/seclang.md lists what works."`,
    );
  });

  it('points at an unknown transformation and names the nearest', () => {
    expect(message('SecAction "id:1,t:\'urlDecodeUnit\'"')).toMatchInlineSnapshot(`
      "
      rules.conf:1:20: unknown transformation t:urlDecodeUnit [SECLANG_UNKNOWN_TRANSFORMATION]
        SecAction "id:1,t:'urlDecodeUnit'"
                           ^"
    `);
    expect(remedy('SecAction "id:1,t:urlDecodeUnit"')).toMatchInlineSnapshot(
      `"Check its spelling (did you mean urlDecodeUni?); docs/seclang.md lists what works."`,
    );
  });

  it('suggests nothing where nothing is near', () =>
    expect(remedy('SecRule PQZZXYJKW x')).toMatchInlineSnapshot(
      `"Check its spelling; docs/seclang.md lists what works."`,
    ));

  it('points at a selector on a variable without parts', () =>
    expect(message('SecRule REQUEST_URI:foo x')).toMatchInlineSnapshot(`
      "
      rules.conf:1:20: REQUEST_URI: this variable has no parts to select from [SECLANG_BAD_ARGUMENT]
        SecRule REQUEST_URI:foo x
                           ^"
    `));

  it('points into the line of a continued directive', () =>
    expect(
      message('SecRule ARGS \\\n\t"@rx foo" \\\n\t"id:1,\\\n\tphase:9,\\\n\tdeny"'),
    ).toMatchInlineSnapshot(`
      "
      rules.conf:4:8: phase: expected a whole number from 1 to 5, or request or response or logging, not 9 [SECLANG_BAD_ARGUMENT]
        	phase:9,\\
        	      ^"
    `));

  it('points at the character behind undone quotes', () =>
    expect(message(String.raw`SecAction "id:1,msg:'a\'b \"c\" %{FOO}'"`)).toMatchInlineSnapshot(`
      "
      rules.conf:1:35: unknown variable FOO [SECLANG_UNKNOWN_VARIABLE]
        SecAction "id:1,msg:'a\\'b \\"c\\" %{FOO}'"
                                          ^"
    `));

  it('points at an argument too many', () =>
    expect(message('SecRule ARGS foo "id:1" deny')).toMatchInlineSnapshot(`
      "
      rules.conf:1:25: SecRule: takes TARGETS OPERATOR [ACTIONS], not 4 arguments [SECLANG_BAD_ARGUMENT]
        SecRule ARGS foo "id:1" deny
                                ^"
    `));

  it('points at a directive whose arguments are missing', () =>
    expect(message('SecRule ARGS')).toMatchInlineSnapshot(`
    "
    rules.conf:1:1: SecRule: takes TARGETS OPERATOR [ACTIONS], not 1 arguments [SECLANG_BAD_ARGUMENT]
      SecRule ARGS
      ^"
  `));

  it('points at a comment inside a directive', () =>
    expect(message('SecRule ARGS \\\n  # all of them \\\n  "@rx foo"')).toMatchInlineSnapshot(`
      "
      rules.conf:2:3: a comment inside a directive; put it on a line of its own above [SECLANG_SYNTAX]
          # all of them \\
          ^"
    `));

  it('points at a line that a comment would swallow', () =>
    expect(message('# see C:\\\nSecRuleEngine On')).toMatchInlineSnapshot(`
      "
      rules.conf:2:1: the comment above ends in a backslash and would swallow this line [SECLANG_SYNTAX]
        SecRuleEngine On
        ^"
    `));

  it('points at a blank that may be a missing comma', () =>
    expect(message('SecAction "id:1,tag:foo deny"')).toMatchInlineSnapshot(`
      "
      rules.conf:1:24: a blank in an argument without quotes; put it in '…', or a comma before [SECLANG_SYNTAX]
        SecAction "id:1,tag:foo deny"
                               ^"
    `));

  it('names the alternative of what is refused', () => {
    expect(message('SecAction "id:1,exec:/bin/x"')).toMatchInlineSnapshot(`
      "
      rules.conf:1:17: action exec is not implemented [SECLANG_UNSUPPORTED]
        SecAction "id:1,exec:/bin/x"
                        ^"
    `);
    expect(remedy('SecAction "id:1,exec:/bin/x"')).toMatchInlineSnapshot(
      `"Act on the event instead: by an alert, or a webhook."`,
    );
  });

  it('cuts a long line around the caret', () =>
    expect(
      message(`SecRule ARGS "@rx ${'a'.repeat(500)}" "id:1,foo,msg:'${'b'.repeat(500)}'"`),
    ).toMatchInlineSnapshot(`
      "
      rules.conf:1:527: unknown action foo [SECLANG_UNKNOWN_ACTION]
        …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" "id:1,foo,msg:'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
                                                                     ^"
    `));

  it('shows no character that a terminal would obey', () => {
    expect(message('SecRule ARGS\x1b[2J|\x9bX x')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    expect(message('Sec\x1b[2J')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  });

  it('cuts a long name', () =>
    expect(failureOf(`Sec${'x'.repeat(5_000)}`).rawMessage.length).toBeLessThan(120));
});

describe('withSourceLine()', () => {
  const position = { file: 'a.conf', line: 2, column: 3 };
  const error = new EngineError('SECLANG_MISSING_ID', {}, { position });

  it('shows the line of an error that has only its position', () =>
    expect(withSourceLine(error, () => 'one\r\ntwo\r\nthree').message).toBe(
      'a.conf:2:3: a rule without an id [SECLANG_MISSING_ID]\n  two\n    ^',
    ));

  it('leaves an error alone whose file is not at hand, or that has no position', () => {
    expect(withSourceLine(error, () => undefined)).toBe(error);
    expect(withSourceLine(error, () => 'one')).toBe(error);
    const placeless = new EngineError('SECLANG_MISSING_ID');
    expect(withSourceLine(placeless, () => 'one\ntwo')).toBe(placeless);
  });
});
