import { describe, expect, test } from 'vitest';
import type { HeaderList, RuleSet, Transaction, TransactionOptions } from '../../src/index.ts';
import { buildEvent } from '../../src/index.ts';
import type { PolicyOverlay } from '../../src/link/overlay.ts';
import { attributesOf, engine, FORM, judge, type Message, PROCESSORS, ruleSetOf } from './support.ts';

const BOUNDARY = 'bnd';
const MULTIPART: HeaderList = [
  ['Host', 'shop.example'],
  ['Content-Type', `multipart/form-data; boundary=${BOUNDARY}`],
];
const OCTETS: HeaderList = [
  ['Host', 'shop.example'],
  ['Content-Type', 'application/octet-stream'],
];

const field = (name: string, value: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
const file = (name: string, fileName: string, content: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\n\r\n${content}`;
const END = `\r\n--${BOUNDARY}--\r\n`;

const RULES = `
SecRule ARGS|FILES|REQUEST_BODY|MULTIPART_PART_HEADERS "@contains evil" "id:1,phase:2,deny,msg:'evil'"
`;

/** A transaction whose headers were judged. */
function begin(
  ruleSet: RuleSet,
  message: Message,
  options: Omit<TransactionOptions, 'store'> = {},
): Transaction {
  const transaction = engine.transaction(ruleSet, attributesOf({ method: 'POST', ...message }), options);
  transaction.requestHeaders();
  return transaction;
}

const push = (transaction: Transaction, text: string): boolean =>
  transaction.requestBody(Buffer.from(text, 'latin1'));

const ruleSet = ruleSetOf(RULES);

function afterPrefix(rules: RuleSet, headers: HeaderList, prefix: string): Transaction {
  const transaction = begin(rules, { headers });
  push(transaction, prefix);
  return transaction;
}

const soFar = (rules: RuleSet, headers: HeaderList, prefix: string): string =>
  afterPrefix(rules, headers, prefix).judgeSoFar().kind;

describe('how a body may be let go', () => {
  const releaseOf = (headers: HeaderList, rules = RULES, policy: Partial<PolicyOverlay> = {}) =>
    begin(ruleSetOf(PROCESSORS + rules, policy), { headers }).bodyRelease;
  const typed = (type: string): HeaderList => [['Content-Type', type]];

  test('what is understood piece by piece goes in parts, what has its meaning at the end as a whole', () => {
    expect(releaseOf(MULTIPART)).toBe('parts');
    expect(releaseOf(OCTETS)).toBe('parts');
    expect(releaseOf([])).toBe('parts');
    expect(releaseOf(typed('image/png'))).toBe('parts');
    expect(releaseOf(FORM)).toBe('whole');
    expect(releaseOf(typed('application/json'))).toBe('whole');
    expect(releaseOf(typed('text/xml'))).toBe('whole');
    expect(releaseOf([['Content-Encoding', 'gzip'], ...MULTIPART])).toBe('whole');
  });

  test('rules that read a body in full keep it together', () => {
    const whole = 'SecRule FULL_REQUEST "@contains evil" "id:5,phase:2,deny"';
    const contents = 'SecRule FILES_TMP_CONTENT "@contains evil" "id:5,phase:2,deny"';
    const forced = 'SecAction "id:5,phase:1,pass,ctl:forceRequestBodyVariable=On"';
    expect(releaseOf(MULTIPART, whole)).toBe('whole');
    expect(releaseOf(OCTETS, whole)).toBe('whole');
    expect(releaseOf(MULTIPART, contents)).toBe('whole');
    expect(releaseOf(MULTIPART, forced)).toBe('whole');
  });

  test('what nobody inspects is held by nobody', () => {
    expect(releaseOf(MULTIPART, RULES, { requestBody: { inspect: false } })).toBe('none');
    expect(releaseOf(MULTIPART, RULES, { mode: 'Off' })).toBe('none');
    expect(releaseOf(MULTIPART, 'SecAction "id:5,phase:1,allow:request"')).toBe('none');
    expect(releaseOf(MULTIPART, 'SecAction "id:5,phase:1,pass,ctl:requestBodyAccess=Off"')).toBe('none');
  });
});

describe('what came with a chunk', () => {
  test('content of files is nothing that rules look at; all else is', () => {
    const transaction = begin(ruleSet, { headers: MULTIPART });
    const came: boolean[] = [];
    const chunk = (text: string): void => {
      came.push(push(transaction, text));
      transaction.judgeSoFar();
    };
    chunk(`--${BOUNDARY}\r\n`);
    chunk('Content-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n');
    chunk('content');
    chunk('more\r\n--content\r\n');
    chunk('more\r\n--content\r\n');
    chunk(`\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n`);
    chunk('v');
    chunk('w');
    // That the content has a line like a delimiter is a finding, once.
    expect(came).toEqual([true, true, false, true, false, true, true, true]);
  });

  test('it is told until somebody has judged it', () => {
    const transaction = begin(ruleSet, { headers: MULTIPART });
    expect(push(transaction, file('f', 'a', 'content'))).toBe(true);
    expect(push(transaction, 'more')).toBe(true);
    transaction.judgeSoFar();
    expect(push(transaction, 'more')).toBe(false);
  });

  test('octet streams and bytes over a limit are always worth a look', () => {
    const octets = begin(ruleSet, { headers: OCTETS });
    octets.judgeSoFar();
    expect(push(octets, 'a')).toBe(true);
    const limited = begin(ruleSetOf(`SecRequestBodyLimit 200\n${RULES}`), { headers: MULTIPART });
    push(limited, file('f', 'a', ''));
    limited.judgeSoFar();
    expect(push(limited, 'x'.repeat(200))).toBe(true);
    expect(limited.judgeSoFar()).toMatchObject({ kind: 'uninspectable', cause: 'body_size' });
    expect(push(limited, 'x')).toBe(false);
  });
});

describe('a verdict before the end', () => {
  test('an attack is found wherever in the body it stands, also in a value that goes on', () => {
    expect(soFar(ruleSet, MULTIPART, field('a', 'so evil and more'))).toBe('deny');
    expect(soFar(ruleSet, MULTIPART, `${field('a', 'evil')}\r\n${file('f', 'a', 'x')}`)).toBe('deny');
    expect(soFar(ruleSet, MULTIPART, file('f', 'evil.php', 'x'))).toBe('deny');
    expect(soFar(ruleSet, MULTIPART, `--${BOUNDARY}\r\nX: evil\r\n`)).toBe('deny');
    expect(soFar(ruleSet, OCTETS, 'so evil')).toBe('deny');
    expect(soFar(ruleSet, FORM, 'b=1&a=evil')).toBe('deny');
    expect(soFar(ruleSet, MULTIPART, file('f', 'a', 'evil'))).toBe('allow');
  });

  test('what may be the beginning of a delimiter is no part of a value', () => {
    const dashes = ruleSetOf('SecRule ARGS "@rx --|\\r" "id:1,phase:2,deny"');
    const whole = `${field('a', 'plain')}${END}`;
    for (let at = 0; at <= whole.length; at++) {
      expect(soFar(dashes, MULTIPART, whole.slice(0, at)), whole.slice(0, at)).toBe('allow');
    }
    expect(soFar(dashes, MULTIPART, field('a', 'x\r\n--bnx'))).toBe('deny');
    expect(soFar(dashes, MULTIPART, field('a', 'x --'))).toBe('deny');
  });

  test('rules about the look of a value wait for its end', () => {
    const looks = ruleSetOf(`
SecRule ARGS:mail "!@rx ^[^@]+@[^@]+\\.[a-z]+$" "id:1,phase:2,deny"
SecRule ARGS:user "@streq admin" "id:2,phase:2,deny"
SecRule ARGS:quote "@rx ['\\"]\\s*$" "id:3,phase:2,deny"
SecRule ARGS:pin "@lt 1000" "id:4,phase:2,deny"
SecRule ARGS:text "@validateUtf8Encoding" "id:5,phase:2,deny"
SecRule ARGS:pair "@rx ^(\\w+)" "id:6,phase:2,capture,deny,chain"
SecRule TX:1 "!@streq yes" ""
SecRule &ARGS:token "@eq 0" "id:7,phase:2,deny"
SecRule ARGS:animal "!@rx x$" "id:8,phase:2,deny"
`);
    const values = [
      ['mail', 'joe@shop.example'],
      ['user', 'administrator'],
      ['quote', 'he said "yes"!'],
      ['pin', '1234'],
      ['text', '\xc3\xa4\xe2\x82\xac'],
      ['pair', 'yes'],
      ['token', 'x'],
      ['animal', 'fox'],
    ] as const;
    const whole = values.map(([name, value]) => field(name, value)).join('\r\n') + END;
    for (let at = 0; at <= whole.length; at++) {
      expect(soFar(looks, MULTIPART, whole.slice(0, at)), whole.slice(0, at)).toBe('allow');
    }
    expect(judge(looks, { method: 'POST', headers: MULTIPART, body: whole }).verdict.kind).toBe('allow');
    for (const [name, value, id] of [
      ['mail', 'joe', 1],
      ['user', 'admin', 2],
      ['quote', '"', 3],
      ['pin', '12', 4],
      ['text', '\xc3', 5],
      ['pair', 'ye', 6],
      ['animal', 'fo', 8],
    ] as const) {
      const complete = `${field(name, value)}\r\n${file('f', 'a', '')}`;
      expect(afterPrefix(looks, MULTIPART, complete).judgeSoFar(), name).toMatchObject({ ruleId: id });
    }
    const without = judge(looks, { method: 'POST', headers: MULTIPART, body: file('f', 'a', '') + END });
    expect(without.verdict).toMatchObject({ kind: 'deny', ruleId: 7 });
  });

  test('of a message cut where its values end, it is the verdict of that message', () => {
    const scores = ruleSetOf(`
SecRule ARGS|FILES "@contains evil" "id:1,phase:2,pass,setvar:tx.score=+3"
SecRule ARGS_NAMES "@rx ^x" "id:2,phase:2,pass,setvar:tx.score=+2"
SecRule REQBODY_ERROR|MULTIPART_STRICT_ERROR "!@eq 0" "id:3,phase:2,deny"
SecRule TX:score "@ge 5" "id:4,phase:2,deny"
`);
    const parts = [field('a', 'evil'), file('f', 'one', 'content'), field('xy', 'z'), field('b', 'evil')];
    for (let count = 1; count <= parts.length; count++) {
      const prefix = parts.slice(0, count).join('\r\n');
      const whole = { method: 'POST', headers: MULTIPART, body: prefix + END };
      const transaction = afterPrefix(scores, MULTIPART, `${prefix}\r\n--${BOUNDARY}`);
      expect(transaction.judgeSoFar()).toEqual(judge(scores, whole).verdict);
    }
    for (const body of ['', 'plain', 'an evil thing']) {
      const whole = judge(ruleSet, { method: 'POST', headers: OCTETS, body });
      expect(afterPrefix(ruleSet, OCTETS, body).judgeSoFar()).toEqual(whole.verdict);
    }
  });

  test('a body that cannot be taken apart is told as soon as it is seen', () => {
    const transaction = afterPrefix(ruleSet, MULTIPART, `--${BOUNDARY}\r\nnonsense\r\n`);
    expect(transaction.judgeSoFar()).toMatchObject({ kind: 'uninspectable', cause: 'body_syntax' });
  });

  test('it is asked once where nothing came since', () => {
    const transaction = begin(ruleSetOf(RULES, { mode: 'Detect' }), { headers: MULTIPART });
    push(transaction, `${field('a', 'evil')}\r\n${file('f', 'a', 'content')}`);
    const first = transaction.judgeSoFar();
    push(transaction, 'more content');
    expect(transaction.judgeSoFar()).toBe(first);
    push(transaction, `\r\n${field('b', 'plain')}`);
    expect(transaction.judgeSoFar()).not.toBe(first);
  });

  test('only between headers and end', () => {
    const transaction = engine.transaction(ruleSet, attributesOf({}));
    expect(() => transaction.judgeSoFar()).toThrow('PHASE_ORDER');
    expect(() => transaction.bodyRelease).toThrow('PHASE_ORDER');
    transaction.requestHeaders();
    transaction.requestEnd();
    expect(() => transaction.judgeSoFar()).toThrow('PHASE_ORDER');
  });
});

describe('an exchange that ends with such a verdict', () => {
  test('is told by the rules that found it', () => {
    const transaction = afterPrefix(ruleSet, MULTIPART, field('a', 'very evil'));
    const verdict = transaction.judgeSoFar();
    const result = transaction.finish();
    expect(result.verdict).toEqual(verdict);
    const { event, waf } = buildEvent(result);
    expect(event).toMatchObject({ action: 'deny', type: ['denied'] });
    expect(waf.rules).toMatchObject([{ id: '1', targets: [{ variable: 'ARGS:a', value: 'very evil' }] }]);
  });

  test('keeps the cause of what could not be inspected', () => {
    const transaction = afterPrefix(ruleSet, MULTIPART, `--${BOUNDARY}\r\nnonsense\r\n`);
    const verdict = transaction.judgeSoFar();
    expect(transaction.finish().verdict).toEqual(verdict);
  });

  test('counts in collections as one that ended by itself', () => {
    const counting = ruleSetOf(`
SecAction "id:1,phase:1,pass,nolog,initcol:ip=so-far"
SecRule ARGS "@contains evil" "id:2,phase:2,deny,setvar:ip.n=+1"
SecRule IP:n "@ge 2" "id:3,phase:1,deny"
`);
    for (let round = 0; round < 2; round++) {
      const transaction = afterPrefix(counting, MULTIPART, field('a', 'evil'));
      for (let again = 0; again < 5; again++) {
        push(transaction, 'x');
        expect(transaction.judgeSoFar()).toMatchObject({ kind: 'deny', ruleId: 2 });
      }
      transaction.finish();
    }
    expect(begin(counting, { headers: MULTIPART }).verdict).toMatchObject({ kind: 'deny', ruleId: 3 });
  });
});

describe('a body that was cut for good', () => {
  test('is judged with the value that was cut', () => {
    const cut = judge(ruleSet, { headers: MULTIPART, body: field('a', 'so evil'), truncated: true });
    expect(cut.verdict).toMatchObject({ kind: 'deny', ruleId: 1 });
    const look = ruleSetOf('SecRule ARGS "!@rx ^a+b$" "id:1,phase:2,deny"');
    const half = judge(look, { headers: MULTIPART, body: field('a', 'aa'), truncated: true });
    expect(half.verdict).toMatchObject({ kind: 'uninspectable', cause: 'body_partial' });
  });
});

describe('a fork of a state', () => {
  test('begins as what it was forked from, in every part', () => {
    const rules = ruleSetOf(
      `
SecRuleUpdateTargetById 3 "!ARGS:z"
SecAction "id:1,phase:1,pass,initcol:ip=fork,setuid:u,setsid:s,setvar:tx.a=1,setvar:ip.b=2,setenv:c=3"
SecAction "id:2,phase:1,pass,severity:3,sanitiseArg:q,ctl:ruleRemoveById=3,ctl:ruleRemoveTargetById=4;ARGS:x"
SecAction "id:5,phase:1,pass,ctl:responseBodyProcessor=JSON,ctl:forceResponseBodyVariable=On"
SecAction "id:6,phase:1,pass,ctl:requestBodyLimit=77,ctl:responseBodyLimit=78,ctl:requestBodyAccess=Off"
SecRule REQUEST_METHOD "@streq POST" "id:7,phase:1,deny"
SecRule ARGS "@contains evil" "id:3,phase:2,deny"
SecRule ARGS "@contains evil" "id:4,phase:2,deny"
`,
      { mode: 'Detect' },
    );
    const transaction = begin(rules, { headers: MULTIPART, uri: '/?q=1' });
    const { state } = transaction.finish();
    const fork = state.fork(state.request.fork());
    const shown = (of: typeof state, key: string): unknown => of[key as keyof typeof state];
    const apart = new Set([
      'store',
      'scans',
      'transforms',
      'trace',
      'persistent',
      'tx',
      'env',
      'matches',
      'request',
    ]);
    for (const key of Object.keys(state)) {
      if (!apart.has(key)) expect(shown(fork, key), key).toEqual(shown(state, key));
    }
    expect(fork.tx.list()).toEqual(state.tx.list());
    expect(fork.env.list()).toEqual(state.env.list());
    expect(fork.matches.toArray()).toEqual(state.matches.toArray());
    expect(fork.persistent.get('IP')?.list()).toEqual(state.persistent.get('IP')?.list());
    for (const key of Object.keys(state.request)) {
      const name = key as keyof typeof state.request;
      expect(fork.request[name], key).toEqual(state.request[name]);
    }
    expect(fork.request.args).toEqual(state.request.args);
  });
});
