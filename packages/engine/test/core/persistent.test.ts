import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RuleSet } from '../../src/index.ts';
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

describe('setsid, setuid and setrsc', () => {
  const OPEN = `SecAction "id:1,phase:1,pass,nolog,setsid:%{ARGS.s},setuid:%{ARGS.u},setrsc:%{REQUEST_FILENAME}"
    SecAction "id:2,phase:1,pass,nolog,setvar:session.seen=+1,setvar:user.seen=+1,setvar:resource.seen=+1"`;
  const seen = `SecAction "id:9,phase:1,pass,logdata:'%{SESSIONID} %{USERID} %{SESSION.seen} %{USER.seen} %{RESOURCE.seen}'"`;
  const dataOf = (ruleSet: RuleSet, uri: string) =>
    judge(ruleSet, { uri }).result.matches.find(({ rule }) => rule.data.id === 9)?.data;

  it('open a collection and name it', () => {
    const ruleSet = ruleSetOf(`${OPEN}\n${seen}`);
    expect(dataOf(ruleSet, '/one?s=a&u=b')).toBe('a b 1 1 1');
    expect(dataOf(ruleSet, '/one?s=a&u=c')).toBe('a c 2 1 2');
  });

  it('open nothing by an empty name', () => {
    expect(dataOf(ruleSetOf(`${OPEN}\n${seen}`), '/two')).toBe('    1');
  });

  it('keep applications apart that SecWebAppId names', () => {
    const ruleSetFor = (id: string) => ruleSetOf(`SecWebAppId ${id}\n${OPEN}\n${seen}`);
    expect(dataOf(ruleSetFor('first'), '/three?s=x&u=x')).toBe('x x 1 1 1');
    expect(dataOf(ruleSetFor('second'), '/three?s=x&u=x')).toBe('x x 1 1 1');
    expect(dataOf(ruleSetFor('first'), '/three?s=x&u=x')).toBe('x x 2 2 2');
  });
});

describe('a second initcol of a collection', () => {
  it('changes nothing', () => {
    const { ids } = run(
      `SecAction "id:1,phase:1,pass,initcol:ip=first-of-two,setvar:ip.x=1,initcol:ip=second-of-two"
       SecRule IP:x "@eq 1" "id:2,phase:1,pass"
       SecRule IP:KEY "@streq first-of-two" "id:3,phase:1,pass"`,
    );
    expect(ids).toEqual([1, 2, 3]);
  });
});

describe('time', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01T00:00:00Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
  const dataOf = (ruleSet: RuleSet, uri = '/') => judge(ruleSet, { uri }).result.matches.at(-1)?.data;

  it('takes a variable away that expirevar gave an end', () => {
    const ruleSet = ruleSetOf(
      `SecAction "id:1,phase:1,pass,initcol:ip=expiring"
       SecRule ARGS:set "@eq 1" "id:2,phase:1,pass,setvar:ip.blocked=1,setvar:ip.kept=1,setvar:tx.for=60,expirevar:'ip.blocked=%{tx.for}'"
       SecAction "id:3,phase:1,pass,logdata:'%{IP.blocked}|%{IP.kept}'"`,
    );
    expect(dataOf(ruleSet, '/?set=1')).toBe('1|1');
    later(59);
    expect(dataOf(ruleSet)).toBe('1|1');
    later(1);
    expect(dataOf(ruleSet)).toBe('|1');
  });

  it('makes an end anew with each expirevar, and leaves it alone with setvar', () => {
    const ruleSet = ruleSetOf(
      `SecAction "id:1,phase:1,pass,initcol:ip=expiring-anew"
       SecRule ARGS:end "@rx ." "id:2,phase:1,pass,setvar:ip.x=+1,expirevar:ip.x=60"
       SecRule ARGS:set "@rx ." "id:3,phase:1,pass,setvar:ip.x=+1"
       SecAction "id:4,phase:1,pass,logdata:'%{IP.x}'"`,
    );
    dataOf(ruleSet, '/?end=1');
    later(50);
    expect(dataOf(ruleSet, '/?end=1')).toBe('2');
    later(50);
    expect(dataOf(ruleSet, '/?set=1')).toBe('3');
    later(10);
    expect(dataOf(ruleSet)).toBe('');
  });

  it('forgets a record that did not change for SecCollectionTimeout', () => {
    const ruleSet = ruleSetOf(
      `SecCollectionTimeout 600
       SecAction "id:1,phase:1,pass,initcol:ip=forgotten"
       SecRule ARGS:set "@eq 1" "id:2,phase:1,pass,setvar:ip.x=1"
       SecAction "id:3,phase:1,pass,logdata:'%{IP.x} %{IP.is_new} %{IP.timeout}'"`,
    );
    expect(dataOf(ruleSet, '/?set=1')).toBe('1 1 600');
    later(599);
    expect(dataOf(ruleSet)).toBe('1 0 600');
    later(1);
    expect(dataOf(ruleSet)).toBe(' 1 600');
  });

  it('lets a record have a timeout of its own', () => {
    const ruleSet = ruleSetOf(
      `SecAction "id:1,phase:1,pass,initcol:ip=own-timeout"
       SecRule IP:is_new "@eq 1" "id:2,phase:1,pass,setvar:ip.timeout=10,setvar:ip.create_time=5,setvar:ip.x=1"
       SecAction "id:3,phase:1,pass,logdata:'%{IP.timeout} %{IP.x}'"`,
    );
    expect(dataOf(ruleSet)).toBe('10 1');
    later(10);
    // Forgotten and made anew: with the variable of before it would not be new.
    expect(dataOf(ruleSet)).toBe('10 1');
    expect(judge(ruleSet).ids).toEqual([1, 3]);
  });

  it('is told by what a record has by itself', () => {
    const ruleSet = ruleSetOf(
      `SecAction "id:1,phase:1,pass,initcol:ip=telling,setvar:ip.x=1,setvar:ip.y=1"
       SecAction "id:2,phase:1,pass,logdata:'%{IP.create_time} %{IP.last_update_time} %{IP.update_counter} %{IP.update_rate} %{IP.key}'"`,
    );
    const start = Date.now() / 1_000;
    expect(dataOf(ruleSet)).toBe(`${start} ${start} 0 0 telling`);
    later(30);
    expect(dataOf(ruleSet)).toBe(`${start} ${start} 1 2 telling`);
    later(30);
    expect(dataOf(ruleSet)).toBe(`${start} ${start + 30} 2 2 telling`);
  });

  it('makes a number smaller by deprecatevar, and not less than 0', () => {
    const ruleSet = ruleSetOf(
      `SecAction "id:1,phase:1,pass,initcol:ip=lighter"
       SecRule IP:is_new "@eq 1" "id:2,phase:1,pass,setvar:ip.score=25"
       SecAction "id:3,phase:1,pass,deprecatevar:ip.score=10/60,deprecatevar:ip.missing=10/60"
       SecAction "id:4,phase:1,pass,logdata:'%{IP.score}'"`,
    );
    expect(dataOf(ruleSet)).toBe('25');
    later(59);
    expect(dataOf(ruleSet)).toBe('25');
    later(61);
    expect(dataOf(ruleSet)).toBe('5');
    later(600);
    expect(dataOf(ruleSet)).toBe('0');
  });
});

describe('the store', () => {
  const AT = { now: 1_000, timeoutSeconds: 60, webAppId: 'default' };
  const storeOf = (recordsMax: number) =>
    new PersistentStore({ recordsMax, variablesMax: 2, variableBytesMax: 10 });

  it('makes room by the record that was used longest ago', () => {
    const store = storeOf(2);
    store.open('IP', 'a', AT).set('x', '1');
    store.open('IP', 'b', AT).set('x', '2');
    store.open('IP', 'a', AT);
    store.open('IP', 'c', AT).set('x', '3');
    expect(store.size).toBe(2);
    expect(store.open('IP', 'a', AT).get('x')).toBe('1');
    expect(store.open('IP', 'b', AT).get('x')).toBeUndefined();
  });

  it('drops nothing when it opens a record that is there', () => {
    const store = storeOf(3);
    for (const key of ['a', 'b', 'c']) store.open('IP', key, AT).set('x', key);
    store.open('IP', 'b', AT);
    expect(['a', 'b', 'c'].map((key) => store.open('IP', key, AT).get('x'))).toEqual(['a', 'b', 'c']);
  });

  it('has no room taken by a record that nobody writes', () => {
    const store = storeOf(2);
    const record = store.open('IP', 'a', AT);
    expect([record.get('x'), record.get('is_new'), store.size]).toEqual([undefined, '1', 0]);
    record.remove('x');
    expect(store.size).toBe(0);
  });

  it('shows what one transaction writes to another that has the record open', () => {
    const store = storeOf(2);
    const [first, second] = [store.open('IP', 'a', AT), store.open('IP', 'a', AT)];
    first.set('x', '1');
    expect(second.get('x')).toBe('1');
  });

  it('keeps keys apart whatever stands in them', () => {
    const store = storeOf(9);
    store.open('IP', 'a","b', AT).set('x', '1');
    expect(store.open('IP', 'a', AT).get('x')).toBeUndefined();
  });

  it('bounds the variables of a record, their ends and their length, and says so', () => {
    const record = storeOf(2).open('IP', 'a', AT);
    const done = [record.set('x', '1'), record.set('y', '1'), record.set('z', '1'), record.set('X', '2')];
    expect(done).toEqual([true, true, false, true]);
    expect(record.set('x', '0123456789')).toBe(false);
    const own = record.list().filter(({ key }) => /^[xyz]$/i.test(key));
    expect(own.map(({ key, value }) => key + value)).toEqual(['X2', 'y1']);
    expect(record.set('IS_NEW', '7')).toBe(false);
    expect(record.get('is_new')).toBe('1');
  });

  it('bounds the ends of a record: a third one has none', () => {
    const store = storeOf(2);
    const record = store.open('IP', 'a', AT);
    for (const name of ['first', 'second', 'x', 'first']) record.expire(name, 1);
    record.set('x', '1');
    expect(store.open('IP', 'a', { ...AT, now: AT.now + 30 }).get('x')).toBe('1');
  });
});
