/** The clean course: what is folded for requests that score nothing holds for no other. */
import { describe, expect, it } from 'vitest';
import { ProbedTx } from '../src/evaluate/probe.ts';
import { TxCollection } from '../src/variables/tx-collection.ts';
import { type Message, ruleSetOf, run } from './core/support.ts';

const RESPONSE: Message = { response: { status: 500, body: 'broken' } };

const methodsOf = (owner: object): readonly string[] =>
  Object.getOwnPropertyNames(owner).filter((name) => name !== 'constructor');

describe('the clean course of a request', () => {
  it.each([3, 4])('is left where phase %i was cut short behind a constant of it', (phase) => {
    const rules = `SecResponseBodyAccess On
      SecAction "id:1,phase:${phase},pass,nolog,setvar:tx.a=1"
      SecRule RESPONSE_STATUS "@streq 500" "id:2,phase:${phase},deny"
      SecRule TX:a "@eq 1" "id:3,phase:5,pass"
      SecRule &TX:a "@eq 0" "id:4,phase:5,pass"`;
    expect(run(rules, RESPONSE).ids).toEqual([1, 2, 3]);
  });

  it('is left where a rule with a condition writes what others decide by', () => {
    const rules = `SecAction "id:1,phase:1,pass,nolog,setvar:tx.score=0"
      SecRule ARGS:a "@streq evil" "id:2,phase:2,pass,setvar:tx.score=+5"
      SecRule TX:score "@ge 5" "id:3,phase:2,deny"
      SecRule TX:score "@eq 5" "id:4,phase:5,pass"`;
    expect(run(rules, { uri: '/?a=evil' }).ids).toEqual([1, 2, 3, 4]);
    expect(run(rules, { uri: '/?a=good' }).ids).toEqual([1]);
  });

  it('goes on where a rule writes what no folded rule is decided by', () => {
    const rules = `SecAction "id:1,phase:1,pass,nolog,setvar:tx.score=0,setvar:tx.type=none"
      SecRule ARGS:a "@streq evil" "id:2,phase:2,pass,capture,setvar:tx.type=%{MATCHED_VAR}"
      SecRule ARGS:b "@streq evil" "id:3,phase:2,pass,setvar:tx.score=+5"
      SecRule TX:score "@ge 5" "id:4,phase:2,deny"
      SecRule ARGS:a "@streq %{tx.type}" "id:5,phase:5,pass"`;
    expect([...ruleSetOf(rules).clean.assumed]).toEqual(['score']);
    expect(run(rules, { uri: '/?a=evil' }).result.state.isMarked).toBe(false);
    expect(run(rules, { uri: '/?a=evil' }).ids).toEqual([1, 2, 5]);
    expect(run(rules, { uri: '/?a=evil&b=evil' }).result.state.isMarked).toBe(true);
    expect(run(rules, { uri: '/?a=evil&b=evil' }).ids).toEqual([1, 2, 3, 4, 5]);
  });

  it('holds for phases of more rules than a short number counts', () => {
    const many = Array.from({ length: 66_000 }, (_, at) => `SecMarker M${at}`).join('\n');
    const rules = `${many}\nSecRule ARGS:a "@streq evil" "id:1,phase:1,deny"`;
    expect(run(rules, { uri: '/?a=evil' }).ids).toEqual([1]);
    expect(ruleSetOf(rules).folded[1]?.nextLive.at(-1)).toBe(66_001);
  });
});

describe('TX as a probe sees it', () => {
  it('inherits nothing', () => {
    const own = methodsOf(ProbedTx.prototype);
    for (const name of methodsOf(TxCollection.prototype)) expect(own).toContain(name);
  });
});
