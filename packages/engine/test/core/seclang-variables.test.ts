import { describe, expect, it } from 'vitest';
import {
  FORM,
  JSON_TYPE,
  judge,
  type Message,
  PROCESSORS,
  refusedAtLoad,
  ruleSetOf,
  run,
} from './support.ts';

/** What a text with macros becomes at the end of a request. */
const expanded = (text: string, message: Message = {}, before = '', phase = 2): string | undefined =>
  run(`${before}\nSecAction "id:900,phase:${phase},pass,logdata:'${text}'"`, message).result.matches.at(-1)
    ?.data;

const basic = (credentials: string): Message => ({
  headers: [
    ['Host', 'shop.example'],
    ['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`],
  ],
});

describe('who asks', () => {
  it('is REMOTE_HOST and USERAGENT_IP by address', () => {
    expect(expanded('%{REMOTE_HOST} %{USERAGENT_IP}', { client: '192.0.2.9' })).toBe('192.0.2.9 192.0.2.9');
  });

  it.each([
    ['ada:secret', 'Basic ada'],
    ['ada:', 'Basic ada'],
    [':secret', 'Basic '],
    ['ada:b:c', 'Basic ada'],
    ['no-colon', 'Basic '],
  ])('is AUTH_TYPE and REMOTE_USER of %s', (credentials, expected) => {
    expect(expanded('%{AUTH_TYPE} %{REMOTE_USER}', basic(credentials))).toBe(expected);
  });

  it('is AUTH_TYPE of other schemes, which name nobody', () => {
    const headers = [['Authorization', 'Bearer abc']] as const;
    expect(expanded('%{AUTH_TYPE}|%{REMOTE_USER}', { headers })).toBe('Bearer|');
    expect(run('SecRule &REMOTE_USER "@eq 0" "id:1,phase:1,pass"', { headers }).ids).toEqual([1]);
    expect(run('SecRule &AUTH_TYPE "@eq 0" "id:1,phase:1,pass"').ids).toEqual([1]);
  });
});

describe('what is asked', () => {
  it('is PATH_INFO without the query', () => {
    expect(expanded('%{PATH_INFO}', { uri: '/a/b%20c?d=e' })).toBe(
      expanded('%{REQUEST_FILENAME}', { uri: '/a/b%20c?d=e' }),
    );
  });

  it('has a URI_PARSE_ERROR never', () => {
    for (const uri of ['/', '', '%', 'http://[', '\0'])
      expect(expanded('%{URI_PARSE_ERROR}', { uri })).toBe('0');
  });

  it('is FULL_REQUEST, whatever takes the body apart', () => {
    const message: Message = {
      method: 'POST',
      uri: '/x?y=z',
      headers: JSON_TYPE,
      body: ['{"a":', '"b"}'],
    };
    const full = 'POST /x?y=z HTTP/1.1\nHost: shop.example\nContent-Type: application/json\n\n{"a":"b"}';
    expect(expanded('%{FULL_REQUEST}', message, PROCESSORS)).toBe(full);
    expect(expanded('%{FULL_REQUEST_LENGTH}', message, PROCESSORS)).toBe(String(full.length));
    const { ids } = run(
      `${PROCESSORS}\nSecRule FULL_REQUEST "@contains \\"b\\"}" "id:1,phase:2,deny"`,
      message,
    );
    expect(ids).toContain(1);
    // And REQUEST_BODY stays empty for it.
    expect(
      run(`${PROCESSORS}\nSecRule &REQUEST_BODY|FULL_REQUEST "@eq 0" "id:1,phase:2,pass"`, message).ids,
    ).toContain(1);
  });
});

describe('limits and forms of a body', () => {
  const manyArguments = 'a=1&b=2&c=3';

  it('are ARGUMENTS_LIMIT_REACHED in phase 1 for the query, in phase 2 for the body', () => {
    const rules = `SecArgumentsLimit 2
      SecRule ARGUMENTS_LIMIT_REACHED "@eq 1" "id:1,phase:1,pass"
      SecRule ARGUMENTS_LIMIT_REACHED "@eq 1" "id:2,phase:2,pass"`;
    expect(run(rules, { uri: `/?${manyArguments}` }).ids).toEqual([1, 2]);
    expect(run(rules, { method: 'POST', headers: FORM, body: manyArguments }).ids).toEqual([2]);
    expect(run(rules, { uri: '/?a=1&b=2' }).ids).toEqual([]);
  });

  const multipart = (disposition: string): Message => ({
    method: 'POST',
    headers: [['Content-Type', 'multipart/form-data; boundary=b']],
    body: `--b\r\n${disposition}\r\n\r\nvalue\r\n--b--\r\n`,
  });
  const FLAGS = '%{MULTIPART_DUPLICATE_PART_HEADER}|%{MULTIPART_FILENAME}|%{MULTIPART_NAME}';
  const DISPOSITION = 'Content-Disposition: form-data; name="field"; filename="a.txt"';

  it.each([
    [DISPOSITION, '0|a.txt|field'],
    [`${DISPOSITION}; filename="b.txt"`, '1||'],
    [`${DISPOSITION}\r\n${DISPOSITION}`, '1||'],
  ])('of a part with %j are %s', (disposition, expected) => {
    expect(expanded(FLAGS, multipart(disposition))).toBe(expected);
  });

  it('are read by SecArgumentSeparator in the query and in a form', () => {
    const before = 'SecArgumentSeparator ;';
    const message: Message = { method: 'POST', uri: '/?a=1;b=2', headers: FORM, body: 'c=3;d=4&e' };
    expect(expanded('%{ARGS.b} %{ARGS.d}', message, before)).toBe('2 4&e');
  });

  it('are read by SecCookieFormat', () => {
    const headers = [['Cookie', 'a="1, 2"']] as const;
    expect(expanded('%{REQUEST_COOKIES.a}', { headers })).toBe('"1, 2"');
    expect(expanded('%{REQUEST_COOKIES.a}', { headers }, 'SecCookieFormat 1')).toBe('1, 2');
  });
});

describe('of a response', () => {
  it('STATUS and STATUS_LINE tell the status', () => {
    const text = '%{STATUS} %{STATUS_LINE}';
    expect(expanded(text, { response: { status: 404 } }, '', 3)).toBe('404 HTTP/1.1 404');
    expect(run('SecRule &STATUS|&STATUS_LINE "@eq 0" "id:1,phase:1,pass"').trace).toHaveLength(2);
  });
});

describe('ENV', () => {
  it('holds what setenv set, for the transaction', () => {
    const before = `SecAction "id:1,phase:1,pass,setenv:From=%{REMOTE_ADDR},setenv:gone=1,setenv:flag,setenv:!gone"
      SecRule &ENV:gone "@eq 0" "id:2,phase:1,pass"
      SecRule ENV:FROM "@streq 192.0.2.1" "id:3,phase:1,pass"`;
    const ruleSet = ruleSetOf(`${before}\nSecAction "id:4,phase:1,pass,logdata:'%{ENV.from} %{ENV.flag}'"`);
    const { ids, result } = judge(ruleSet);
    expect(ids).toEqual([1, 2, 3, 4]);
    expect(result.matches.at(-1)?.data).toBe('192.0.2.1 1');
    expect(expanded('%{ENV.from}')).toBe('');
  });
});

describe('RULE', () => {
  it('tells of the rule at hand', () => {
    const { result } = run(
      `SecAction "id:7,phase:1,pass,rev:2,ver:v1,severity:3,msg:'hello %{REMOTE_ADDR}',logdata:'%{RULE.id} %{RULE.rev} %{RULE.ver} %{RULE.severity} %{RULE.msg}'"`,
    );
    expect(result.matches[0]?.data).toBe('7 2 v1 3 hello %{REMOTE_ADDR}');
  });

  it('has no other parts', () => {
    expect(refusedAtLoad('SecRule RULE:phase "@eq 1" "id:1,phase:1,pass"').code).toBe('SECLANG_UNSUPPORTED');
  });
});

describe('WEBAPPID', () => {
  it('is what SecWebAppId says', () => {
    expect(expanded('%{WEBAPPID}')).toBe('default');
    expect(expanded('%{WEBAPPID}', {}, 'SecWebAppId shop')).toBe('shop');
  });
});

describe('ctl', () => {
  it('requestBodyLimit changes what is inspected of a body', () => {
    const rules = `SecRule ARGS:limit "@eq 1" "id:1,phase:1,pass,nolog,ctl:requestBodyLimit=4"
      SecRule REQUEST_BODY "@contains evil" "id:2,phase:2,deny"`;
    const message = { method: 'POST', headers: FORM, body: 'a=b&evil' };
    expect(run(rules, { ...message, uri: '/' }).verdict).toMatchObject({ kind: 'deny', ruleId: 2 });
    expect(run(rules, { ...message, uri: '/?limit=1' }).verdict).toMatchObject({
      kind: 'uninspectable',
      cause: 'body_size',
      detail: 'the body has more than 4 bytes',
    });
  });

  it('responseBodyLimit and forceResponseBodyVariable change what is inspected of a response', () => {
    const rules = (actions: string): string => `SecResponseBodyAccess On
      SecAction "id:1,phase:3,pass,nolog${actions}"
      SecRule RESPONSE_BODY "@contains evil" "id:2,phase:4,pass"
      SecRule OUTBOUND_DATA_ERROR "@eq 1" "id:3,phase:4,pass"`;
    const html = { response: { body: 'some evil' } };
    const image = { response: { headers: [['Content-Type', 'image/png']] as const, body: 'some evil' } };
    expect(run(rules(''), html).ids).toEqual([1, 2]);
    expect(run(rules(',ctl:responseBodyLimit=5'), html).ids).toEqual([1, 3]);
    expect(run(rules(''), image).ids).toEqual([1]);
    expect(run(rules(',ctl:forceResponseBodyVariable=On'), image).ids).toEqual([1, 2]);
  });
});
