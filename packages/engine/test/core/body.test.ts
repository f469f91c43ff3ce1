import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FORM, JSON_TYPE, judge, type Message, PROCESSORS, ruleSetOf, run } from './support.ts';

const SEEN = `SecRule REQUEST_BODY "@rx .*" "id:1,phase:2,pass,setvar:'tx.body=%{MATCHED_VAR}'"
  SecRule REQBODY_PROCESSOR "@rx ." "id:2,phase:2,pass,setvar:'tx.processor=%{MATCHED_VAR}'"
  SecRule REQUEST_BODY_LENGTH "@rx ." "id:3,phase:2,pass,setvar:'tx.length=%{MATCHED_VAR}'"
  SecRule REQBODY_ERROR "@eq 1" "id:4,phase:2,pass"`;
const FORCE = 'SecAction "id:9,phase:1,pass,ctl:forceRequestBodyVariable=On"';
const typed = (type: string) =>
  [
    ['Host', 'shop.example'],
    ['Content-Type', type],
  ] as const;
const MULTIPART = typed('multipart/form-data; boundary=b');
const PART = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n--b--\r\n';

describe('REQUEST_BODY', () => {
  it.each([
    ['URLENCODED', FORM, 'a=1', 'URLENCODED', 'a=1'],
    ['an unknown type', typed('text/plain'), 'hello', undefined, 'hello'],
    ['no type', [['Host', 'x']] as const, 'hello', undefined, 'hello'],
    ['JSON', JSON_TYPE, '{"a":1}', 'JSON', undefined],
    ['XML', typed('text/xml'), '<a>1</a>', 'XML', undefined],
    ['multipart', MULTIPART, PART, 'MULTIPART', undefined],
  ])('of %s', (_, headers, body, processor, expected) => {
    const { tx } = run(PROCESSORS + SEEN, { method: 'POST', headers, body });
    expect(tx.body).toBe(expected);
    expect(tx.processor || undefined).toBe(processor);
    expect(tx.length).toBe(String(body.length));
  });

  it.each([
    ['JSON', JSON_TYPE, '{"a":1}'],
    ['XML', typed('text/xml'), '<a>1</a>'],
    ['multipart', MULTIPART, PART],
  ])('of %s is there where a rule forces it', (_, headers, body) => {
    expect(run(`${PROCESSORS}${FORCE}\n${SEEN}`, { method: 'POST', headers, body }).tx.body).toBe(body);
  });

  it('is missing where there is no body', () => {
    expect(run(SEEN, { headers: FORM, method: 'POST' }).tx.body).toBeUndefined();
  });

  it('keeps all bytes', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    expect(run(SEEN, { method: 'POST', headers: typed('text/plain'), body: bytes }).tx.body).toBe(bytes);
  });
});

describe('a body', () => {
  it('gives the text of elements and the values of attributes apart', () => {
    const rules = `${PROCESSORS}
      SecRule XML:/* "@streq t&1" "id:1,phase:2,pass"
      SecRule XML://@* "@streq v" "id:2,phase:2,pass"
      SecRule XML:/* "@streq v" "id:3,phase:2,pass"`;
    const { ids } = run(rules, { method: 'POST', headers: typed('text/xml'), body: '<a b="v">t&amp;1</a>' });
    expect(ids.filter((id) => id < 10)).toEqual([1, 2]);
  });

  it('in JSON gives names with their path, escapes decoded', () => {
    const { ids } = run(`${PROCESSORS}SecRule ARGS:json.a.0 "@streq <x" "id:1,phase:2,pass"`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: '{"a":["\\u003cx"]}',
    });
    expect(ids).toContain(1);
  });

  it.each([
    ['body_syntax', {}, JSON_TYPE, '{"a":'],
    ['body_syntax', {}, typed('text/xml'), '<a>'],
    ['body_syntax', {}, MULTIPART, '--b\r\nbroken'],
    ['body_depth', { SecRequestBodyJsonDepthLimit: 2 }, JSON_TYPE, '[[[[1]]]]'],
    ['body_arguments', { SecArgumentsLimit: 2 }, FORM, 'a=1&b=2&c=3'],
    ['body_parts', { SecUploadFileLimit: 1 }, MULTIPART, PART.replace('--b--\r\n', PART)],
    ['body_size', { SecRequestBodyLimit: 4 }, FORM, 'a=12345'],
    ['body_size', { SecRequestBodyNoFilesLimit: 4 }, FORM, 'a=12345'],
    ['body_size', { SecRequestBodyNoFilesLimit: 4 }, typed('text/plain'), '12345'],
    ['body_size', { SecRequestBodyNoFilesLimit: 4 }, MULTIPART, PART],
  ])('that cannot be read is uninspectable: %s (%j)', (cause, settings, headers, body) => {
    const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
    const { verdict, result } = run(lines.join('') + PROCESSORS + SEEN, { method: 'POST', headers, body });
    expect(verdict).toMatchObject({ kind: 'uninspectable', cause });
    expect(result.state.request.bodyBytes).toBe(body.length);
  });

  it('that arrived only in part is uninspectable', () => {
    expect(run(SEEN, { method: 'POST', headers: FORM, body: 'a=1', truncated: true }).verdict).toMatchObject({
      cause: 'body_partial',
    });
  });

  it('of which a rule denies what could be read is denied: that outweighs what could not', () => {
    const text = `SecArgumentsLimit 2\nSecRule ARGS "@streq evil" "id:1,phase:2,deny"`;
    expect(run(text, { method: 'POST', headers: FORM, body: 'a=evil&b=1&c=1' }).verdict.kind).toBe('deny');
  });

  it('over the limit is inspected up to it where ProcessPartial says so', () => {
    const text = `SecRequestBodyLimit 6\nSecRequestBodyLimitAction ProcessPartial\n${SEEN}
      SecRule INBOUND_DATA_ERROR "@eq 1" "id:5,phase:2,pass"`;
    const { verdict, tx, ids } = run(text, { method: 'POST', headers: FORM, body: 'a=1&b=2&c=3' });
    expect(verdict).toEqual({ kind: 'allow' });
    expect(tx.body).toBe('a=1&b=');
    expect(ids).toContain(5);
  });

  it('at the limit exactly is whole', () => {
    const { verdict } = run(`SecRequestBodyLimit 3\nSecRequestBodyNoFilesLimit 3\n${SEEN}`, {
      method: 'POST',
      headers: FORM,
      body: 'a=1',
    });
    expect(verdict).toEqual({ kind: 'allow' });
  });

  it('is not read where access is off, by directive or by ctl', () => {
    const message: Message = { method: 'POST', headers: FORM, body: 'a=evil' };
    const deny = 'SecRule ARGS "@streq evil" "id:1,phase:2,deny"';
    expect(run(`SecRequestBodyAccess Off\n${deny}`, message).verdict.kind).toBe('allow');
    expect(
      run(`SecAction "id:2,phase:1,pass,ctl:requestBodyAccess=Off"\n${deny}`, message).verdict.kind,
    ).toBe('allow');
    expect(
      run(
        `SecRequestBodyAccess Off\nSecAction "id:2,phase:1,pass,ctl:requestBodyAccess=On"\n${deny}`,
        message,
      ).verdict.kind,
    ).toBe('deny');
  });

  it('gives the same verdict however it is cut into chunks, over a limit too', () => {
    const ruleSet = ruleSetOf(`SecRequestBodyNoFilesLimit 40\n${PROCESSORS}
      SecRule ARGS "@contains evil" "id:1,phase:2,deny"
      SecRule REQUEST_BODY "@contains evil" "id:2,phase:2,deny"`);
    for (const [headers, body] of [
      [FORM, `a=evil&b=${'x'.repeat(60)}`],
      [FORM, `b=${'x'.repeat(60)}&a=evil`],
      [JSON_TYPE, `{"a":"evil","b":"${'x'.repeat(60)}"}`],
      [typed('text/plain'), `evil${'x'.repeat(60)}`],
      [typed('text/plain'), `${'x'.repeat(38)}evil`],
    ] as const) {
      const whole = judge(ruleSet, { method: 'POST', headers, body });
      for (const size of [1, 7, 39, 41]) {
        const chunks = body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
        const cut = judge(ruleSet, { method: 'POST', headers, body: chunks });
        expect(cut.verdict).toEqual(whole.verdict);
        expect(cut.trace).toEqual(whole.trace);
      }
    }
  });
});

describe('the query', () => {
  it('with more arguments than the limit is uninspectable', () => {
    expect(run('SecArgumentsLimit 2', { uri: '/?a=1&b=2&c=3' }).verdict).toMatchObject({
      cause: 'query_arguments',
    });
  });

  it('and the body share one limit of arguments', () => {
    const { verdict } = run('SecArgumentsLimit 3', {
      method: 'POST',
      uri: '/?a=1&b=2',
      headers: FORM,
      body: 'c=3&d=4',
    });
    expect(verdict).toMatchObject({ kind: 'uninspectable', cause: 'body_arguments' });
  });
});

describe('a response body', () => {
  const RULE = 'SecResponseBodyAccess On\nSecRule RESPONSE_BODY "@contains secret" "id:1,phase:4,deny"';
  const answer = (type: string, body = 'a secret') => ({
    response: { headers: [['Content-Type', type]] as const, body },
  });

  it('is inspected where its media type is, whatever its parameters and case', () => {
    expect(run(RULE, answer('Text/HTML; charset=utf-8')).verdict.kind).toBe('deny');
    expect(run(RULE, answer('image/png')).verdict.kind).toBe('allow');
    expect(run(`${RULE}\nSecResponseBodyMimeType image/png`, answer('image/png')).verdict.kind).toBe('deny');
  });

  it('over the limit is inspected up to it, or uninspectable, as the file says', () => {
    const long = `${'x'.repeat(20)}secret`;
    expect(run(`SecResponseBodyLimit 10\n${RULE}`, answer('text/html', long)).verdict).toEqual({
      kind: 'allow',
    });
    expect(
      run(`SecResponseBodyLimit 10\nSecResponseBodyLimitAction Reject\n${RULE}`, answer('text/html', long))
        .verdict,
    ).toMatchObject({ cause: 'response_size' });
  });
});

/** A gzip member with a name in its header. */
const withName = (member: Buffer, name: string): Buffer =>
  Buffer.concat([
    member.subarray(0, 3),
    Buffer.of(0x08),
    member.subarray(4, 10),
    Buffer.from(`${name}\0`),
    member.subarray(10),
  ]);

describe('a compressed body', () => {
  const EVIL = `${PROCESSORS}${SEEN}\nSecRule ARGS "@contains evil" "id:5,phase:2,deny"`;
  const coded = (coding: string, body: Buffer, type = FORM): Message => ({
    method: 'POST',
    headers: [...type, ['Content-Encoding', coding]],
    body: [...body.toString('latin1')],
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('by %s is inspected as the workload will read it', (coding, compress) => {
    const { verdict, tx } = run(EVIL, coded(coding, compress('a=evil')));
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 5 });
    expect(tx).toMatchObject({ body: 'a=evil', length: '6', processor: 'URLENCODED' });
    expect(run(EVIL, coded(coding, compress('{"a":"evil"}'), JSON_TYPE)).verdict).toMatchObject({
      ruleId: 5,
    });
  });

  it('is no body where nothing was compressed', () => {
    for (const type of [FORM, JSON_TYPE]) {
      const { verdict, result } = run(EVIL, coded('gzip', gzipSync(''), type));
      expect(verdict).toEqual({ kind: 'allow' });
      expect(result.state.request).toMatchObject({ bodyText: null, bodyBytes: 0, bodyError: null });
    }
  });

  it('is allowed where nothing is wrong with it', () => {
    expect(run(EVIL, coded('gzip', gzipSync('a=good'))).verdict).toEqual({ kind: 'allow' });
    expect(run(EVIL, coded('identity', Buffer.from('a=good'))).verdict).toEqual({ kind: 'allow' });
  });

  it.each([
    ['that is none', coded('gzip', Buffer.from('a=evil'))],
    ['in a coding that is not inflated', coded('zstd', Buffer.from('a=evil'))],
    ['with an argument in its header', coded('gzip', withName(gzipSync('a=good'), '&b=evil!'))],
    ['in two codings', coded('gzip, br', gzipSync(brotliCompressSync('a=good')))],
    ['with bytes behind it', coded('gzip', Buffer.concat([gzipSync('a=good'), Buffer.from('&a=evil')]))],
  ])('%s is uninspectable', (_, message) => {
    const { verdict, tx, ids } = run(EVIL, message);
    expect(verdict).toMatchObject({ kind: 'uninspectable', cause: 'body_encoding' });
    expect(ids).toContain(4);
    expect(tx.body ?? '').toBe('');
  });

  it('that grows too much is uninspectable', () => {
    const message = coded('gzip', gzipSync(Buffer.alloc(2_000_000, 'a')));
    expect(run(EVIL, message).verdict).toMatchObject({ kind: 'uninspectable', cause: 'body_size' });
  });

  it('of which a part came is inspected as far as it goes', () => {
    const whole = gzipSync(`a=evil&b=${Array.from({ length: 9_000 }, (_, index) => index * index).join('')}`);
    const message = { ...coded('gzip', whole.subarray(0, whole.length / 2)), truncated: true };
    expect(run(EVIL, message).verdict).toMatchObject({ kind: 'deny', ruleId: 5 });
  });
});

describe('a body in a charset that is not transcoded', () => {
  const utf16 = (text: string): string => Buffer.from(`\ufeff${text}`, 'utf16le').toString('latin1');

  it.each([
    ['a form', typed('application/x-www-form-urlencoded; charset=utf-16'), 'a=1'],
    ['a form by its mark', FORM, utf16('a=1')],
    ['a text by its mark', typed('text/plain'), utf16('a=1')],
    ['JSON', typed('application/json; charset="UTF-7"'), '{"a":1}'],
    ['JSON in EBCDIC', typed('application/json; charset=ibm037'), '1'],
  ])('%s is uninspectable', (_, headers, body) => {
    const { verdict } = run(PROCESSORS + SEEN, { method: 'POST', headers, body: [...body] });
    expect(verdict).toMatchObject({ kind: 'uninspectable', cause: 'body_encoding' });
  });

  it('is judged by its bytes all the same', () => {
    const text = 'SecRule ARGS "@streq evil" "id:5,phase:2,deny"';
    const headers = typed('application/x-www-form-urlencoded; charset=utf-7');
    expect(run(text, { method: 'POST', headers, body: 'a=evil' }).verdict).toMatchObject({ kind: 'deny' });
  });

  it('is none of these with the mark of UTF-8', () => {
    for (const body of ['\xef\xbb\xbf{"a":1}', ['\xef', '\xbb', '\xbf', '{"a":1}']]) {
      const { verdict, trace } = run(`${PROCESSORS}SecRule ARGS:json.a "@eq 1" "id:5,phase:2,pass"`, {
        method: 'POST',
        headers: JSON_TYPE,
        body,
      });
      expect(verdict).toEqual({ kind: 'allow' });
      expect(trace.at(-1)).toContain('5/0 ARGS:json.a');
    }
  });
});
