import { describe, expect, it } from 'vitest';
import { PersistentStore } from '../../src/variables/persistent.ts';
import { judge, ruleSetOf, run } from './support.ts';

const COUNT = `SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR}"
  SecAction "id:2,phase:1,pass,nolog,setvar:ip.count=+1"
  SecRule IP:count "@gt 2" "id:3,phase:1,deny"
  SecRule &IP:count "@eq 1" "id:4,phase:1,pass"`;

describe('initcol', () => {
  it('keeps a record across transactions, one a key', () => {
    const ruleSet = ruleSetOf(COUNT);
    const from = (client: string) => judge(ruleSet, { client }).verdict.kind;
    expect([from('192.0.2.10'), from('192.0.2.10'), from('192.0.2.10')]).toEqual(['allow', 'allow', 'deny']);
    expect(from('192.0.2.11')).toBe('allow');
  });

  it('is seen by the very transaction that opened it', () => {
    expect(judge(ruleSetOf(COUNT), { client: '192.0.2.20' }).ids).toContain(4);
  });

  it('must come before a collection can be written', () => {
    expect(
      run('SecAction "id:1,phase:1,pass,setvar:ip.count=1"\nSecRule &IP "@eq 0" "id:2,phase:1,pass"').ids,
    ).toEqual([1, 2]);
  });

  it('keeps collections apart that have equal keys', () => {
    const { ids } = run(
      `SecAction "id:1,phase:1,pass,initcol:ip=same-key,initcol:global=same-key,setvar:ip.x=1"
       SecRule &GLOBAL:x "@eq 0" "id:2,phase:1,pass"
       SecRule &IP:x "@eq 1" "id:3,phase:1,pass"`,
    );
    expect(ids).toEqual([1, 2, 3]);
  });
});

describe('the store', () => {
  it('makes room by the record that was used longest ago', () => {
    const store = new PersistentStore({ recordsMax: 2, variablesMax: 2 });
    store.open('IP', 'a').set('x', '1');
    store.open('IP', 'b').set('x', '2');
    store.open('IP', 'a');
    store.open('IP', 'c');
    expect(store.size).toBe(2);
    expect(store.open('IP', 'a').get('x')).toBe('1');
    expect(store.open('IP', 'b').get('x')).toBeUndefined();
  });

  it('drops nothing when it opens a record that is there', () => {
    const store = new PersistentStore({ recordsMax: 3, variablesMax: 2 });
    for (const key of ['a', 'b', 'c']) store.open('IP', key).set('x', key);
    store.open('IP', 'b');
    expect(['a', 'b', 'c'].map((key) => store.open('IP', key).get('x'))).toEqual(['a', 'b', 'c']);
  });

  it('bounds the variables of a record, and says so', () => {
    const record = new PersistentStore({ recordsMax: 2, variablesMax: 2 }).open('IP', 'a');
    expect([record.set('x', '1'), record.set('y', '1'), record.set('z', '1'), record.set('X', '2')]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(record.list().map(({ key, value }) => key + value)).toEqual(['X2', 'y1']);
  });
});
