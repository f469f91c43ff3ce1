/** Rules that cannot match without parts of a multipart body are asked only where there are some. */
import { describe, expect, it } from 'vitest';
import type { HeaderList, RuleSet } from '../../src/index.ts';
import { FORM, judge, type Message, ruleSetOf, run } from './support.ts';

const MULTIPART: HeaderList = [
  ['Host', 'shop.example'],
  ['Content-Type', 'multipart/form-data; boundary=b'],
];
const part = (disposition: string): Message => ({
  method: 'POST',
  headers: MULTIPART,
  body: `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\nvalue\r\n--b--\r\n`,
});
const FILE = part('name="f"; filename="evil.php"');
const FIELD = part('name="evil"');
const PLAIN: readonly Message[] = [{}, { method: 'POST', headers: FORM, body: 'a=evil' }];

const asked = ({ phases }: RuleSet): number => phases[2]?.costs.of(0).candidates ?? -1;

function askedAbout(rule: string, message: Message): number {
  const set = ruleSetOf(rule);
  judge(set, message);
  return asked(set);
}

describe('a rule about parts of multipart bodies', () => {
  it.each([
    ['SecRule FILES "!@rx ^good" "id:1,phase:2,deny"'],
    ['SecRule FILES|FILES_NAMES "!@within 0" "id:1,phase:2,deny"'],
    ['SecRule &FILES "@gt 0" "id:1,phase:2,deny"'],
    ['SecRule &FILES "!@eq 0" "id:1,phase:2,deny"'],
    ['SecRule &MULTIPART_PART_HEADERS:f "@ge 1" "id:1,phase:2,deny"'],
    ['SecRule &FILES_NAMES "!@lt 1" "id:1,phase:2,deny"'],
    ['SecRule &FILES_NAMES "!@le 0" "id:1,phase:2,deny"'],
    ['SecRule FILES_SIZES "!@lt 1" "id:1,phase:2,deny,chain"\nSecRule ARGS|&ARGS "!@rx x"'],
  ])('is not asked where there are none: %s', (rule) => {
    for (const message of PLAIN) {
      expect(askedAbout(rule, message)).toBe(0);
      expect(run(rule, message).ids).toEqual([]);
    }
    expect(askedAbout(rule, FILE)).toBe(1);
    expect(run(rule, FILE).verdict.kind).toBe('deny');
  });

  it.each([
    ['SecRule &FILES "@eq 0" "id:1,phase:2,deny"'],
    ['SecRule &FILES "!@gt 0" "id:1,phase:2,deny"'],
    ['SecRule &FILES "@ge 0" "id:1,phase:2,deny"'],
    ['SecRule &FILES "@le 0" "id:1,phase:2,deny"'],
    ['SecRule &FILES "@lt 1" "id:1,phase:2,deny"'],
    ['SecRule &FILES "@rx ^0$" "id:1,phase:2,deny"'],
    ['SecRule &FILES "@eq %{tx.none}" "id:1,phase:2,deny"'],
    ['SecRule &FILES "@gt 0" "id:1,phase:2,deny,t:length"'],
    ['SecRule FILES|REQUEST_METHOD "@rx [A-Z]" "id:1,phase:2,deny"'],
  ])('is asked where none may be enough: %s', (rule) => {
    for (const message of PLAIN) {
      expect(run(rule, message).verdict.kind).toBe('deny');
    }
  });

  it('is asked about parts that are no files', () => {
    expect(
      run('SecRule MULTIPART_PART_HEADERS "@contains evil" "id:1,phase:2,deny"', FIELD).verdict.kind,
    ).toBe('deny');
    expect(run('SecRule &MULTIPART_PART_HEADERS "@gt 0" "id:1,phase:2,deny"', FIELD).verdict.kind).toBe(
      'deny',
    );
  });

  it('is passed over with what stands around it asked as before', () => {
    const rules = `SecAction "id:1,phase:2,pass,setvar:tx.a=1"
      SecRule &FILES "@gt 0" "id:2,phase:2,pass,setvar:tx.a=2,skipAfter:END"
      SecAction "id:3,phase:2,pass,setvar:tx.b=%{tx.a}"
      SecRule REQUEST_URI "@rx ^/" "id:4,phase:2,pass,setvar:tx.c=%{tx.b}"
      SecMarker END
      SecAction "id:5,phase:2,pass,setvar:tx.d=%{tx.a}"`;
    expect(run(rules).tx).toMatchObject({ a: '1', b: '1', c: '1', d: '1' });
    expect(run(rules, FILE).tx).toMatchObject({ a: '2', d: '2' });
    expect(run(rules, FILE).ids).toEqual([1, 2, 5]);
  });
});
