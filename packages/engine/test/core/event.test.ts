import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildBriefEvent } from '../../src/event/brief-event.ts';
import { buildEvent, isEventful } from '../../src/event/event.ts';
import { formatLogLine } from '../../src/event/log-line.ts';
import { briefWithOutcome, withOutcome } from '../../src/event/outcome.ts';
import { EVENT_LIMITS } from '../../src/limits.ts';
import { FORM, JSON_TYPE, judge, type Message, PROCESSORS, ruleSetOf, run } from './support.ts';

/** Looks at everything, in several transformations, and quotes what it saw in every way a rule can. */
const PRYING = `${PROCESSORS}
SecAction "id:100,phase:1,pass,nolog,ctl:forceRequestBodyVariable=On,initcol:ip=%{REMOTE_ADDR}"
${[
  '',
  't:lowercase',
  't:uppercase',
  't:urlDecodeUni',
  't:urlDecodeUni,t:lowercase,t:removeWhitespace',
  't:base64Decode',
  't:jsDecode',
]
  .map(
    (
      pipeline,
      index,
    ) => `SecRule REQUEST_URI|REQUEST_URI_RAW|QUERY_STRING|REQUEST_LINE|REQUEST_FILENAME|ARGS|ARGS_NAMES|REQUEST_COOKIES|REQUEST_COOKIES_NAMES|REQUEST_HEADERS|REQUEST_BODY|XML:/*|MULTIPART_PART_HEADERS|FILES "@rx ^(.{0,9})(.*)" \\
 "id:${200 + index},phase:2,pass,capture,${pipeline === '' ? 't:none' : pipeline},msg:'saw %{TX.2} in %{MATCHED_VAR_NAME}',logdata:'%{TX.1}|%{MATCHED_VAR}|%{ARGS.password}|%{REQUEST_HEADERS.authorization}',setvar:'tx.kept_%{MATCHED_VAR_NAME}=%{TX.1}',setvar:'ip.kept=%{MATCHED_VAR}',chain"
 SecRule MATCHED_VARS|TX:/kept/|IP:kept "@rx ." "t:none"`,
  )
  .join('\n')}
SecRule TX:/./|IP|MATCHED_VAR "@rx ." "id:300,phase:2,pass,logdata:'%{MATCHED_VAR}'"
`;
const prying = ruleSetOf(PRYING);
const SECRET = 'Zq7-hUnter2.secreT';
const CARD = '4111111111111111';
const hex = (text: string): string =>
  text.replace(/[\s\S]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
const host = ['Host', 'shop.example'] as const;

const eventText = (message: Message): string => JSON.stringify(buildEvent(judge(prying, message).result));

const leaks = (message: Message, secret = SECRET): readonly string[] => {
  const text = eventText(message).toLowerCase();
  const forms = [secret, encodeURIComponent(secret), hex(secret), Buffer.from(secret).toString('base64')];
  return forms.map((form) => form.toLowerCase()).filter((form) => text.includes(form));
};

const HIDDEN: Readonly<Record<string, Message>> = {
  'Authorization, bearer': { headers: [host, ['Authorization', `Bearer ${SECRET}`]] },
  'Authorization, basic': {
    headers: [host, ['authorization', `Basic ${Buffer.from(SECRET).toString('base64')}`]],
  },
  'Proxy-Authorization': { headers: [host, ['Proxy-Authorization', SECRET]] },
  'X-Api-Key': { headers: [host, ['X-API-KEY', SECRET]] },
  Cookie: { headers: [host, ['Cookie', `a=1; sid=${SECRET}`]] },
  'Cookie without a name': { headers: [host, ['Cookie', `a=1;${SECRET}`]] },
  'Cookie, twice': { headers: [host, ['Cookie', 'a=1'], ['cookie', `sid=${SECRET}`]] },
  'an argument': { uri: `/login?user=me&password=${SECRET}` },
  'an argument, all of it escaped': { uri: `/login?user=me&password=${hex(SECRET)}` },
  'an argument, a part of it escaped': { uri: `/?password=Zq7-%68Unter2.secreT` },
  'an argument with an escaped name': { uri: `/?p%61ssword=${SECRET}` },
  'an argument, escaped twice': { uri: `/?password=${hex(SECRET).replaceAll('%', '%25')}` },
  'an argument, escaped twice, repeated elsewhere': {
    uri: `/?password=${hex(SECRET).replaceAll('%', '%25')}&q=${SECRET}`,
    headers: [host, ['X-Echo', SECRET]],
  },
  'an argument in upper case': { uri: `/?PASSWORD=${SECRET.toUpperCase()}` },
  'an argument of an array': { uri: `/?user[password][]=${SECRET}` },
  'an argument of a form': { method: 'POST', headers: FORM, body: `a=1&passwd=${SECRET}` },
  'an argument of a form, escaped': { method: 'POST', headers: FORM, body: `a=1&passwd=${hex(SECRET)}` },
  'a JSON member': {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ user: { api_key: SECRET } }),
  },
  'a multipart field': {
    method: 'POST',
    headers: [host, ['Content-Type', 'multipart/form-data; boundary=b']],
    body: `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${SECRET}\r\n--b--\r\n`,
  },
  'a URL in another header': { headers: [host, ['Referer', `https://shop.example/?token=${SECRET}`]] },
  'an argument that repeats the password elsewhere': { uri: `/?password=${SECRET}&q=${SECRET}` },
  'a secret that the event cuts': {
    uri: `/?password=${SECRET}&q=${'x'.repeat(EVENT_LIMITS.valueBytesMax - 9)}${SECRET}`,
  },
  'more secrets than are looked for': {
    uri: `/?${Array.from({ length: 900 }, (_, index) => `token${index}=value-${index}&`).join('')}password=${SECRET}&q=${SECRET}`,
  },
};

describe('a secret appears in no field of an event', () => {
  it.each(Object.entries(HIDDEN))('%s', (_, message) => {
    expect(leaks(message)).toEqual([]);
  });

  it.each(Object.entries(HIDDEN))('not half of it either: %s', (_, message) => {
    const half = SECRET.slice(0, 9).toLowerCase();
    expect(eventText(message).toLowerCase()).not.toContain(half);
  });

  it('that a response sets', () => {
    const ruleSet = ruleSetOf(
      `SecRule RESPONSE_HEADERS "@rx .*" "id:1,phase:3,pass,capture,msg:'%{TX.0}',logdata:'%{RESPONSE_HEADERS.set-cookie}'"
       SecAction "id:2,phase:3,pass,logdata:'%{RESPONSE_HEADERS.set-cookie}'"`,
    );
    const { result } = judge(ruleSet, { response: { headers: [['Set-Cookie', `sid=${SECRET}; Path=/`]] } });
    expect(JSON.stringify(buildEvent(result))).not.toContain(SECRET);
  });

  it('wherever it stands and whatever it is', () => {
    const secrets = fc.string({
      unit: fc.constantFrom(...'abcXYZ0189-_.!~*+/%& <>"\'\\\xe9\xff'),
      minLength: 8,
      maxLength: 80,
    });
    fc.assert(
      fc.property(secrets, (secret) => {
        // Blanks at its ends and separators inside are the form's, not the secret's.
        const sent = [...secret].map((char) => hex(char).padStart(3, '%0')).join('');
        const text = eventText({ uri: `/?password=${sent}&q=${sent}` });
        const utf8 = JSON.stringify(Buffer.from(secret, 'latin1').toString('utf8')).slice(1, -1);
        expect(text).not.toContain(utf8);
      }),
      { numRuns: 60 },
    );
  });
});

describe('card numbers', () => {
  it.each([
    `/?q=${CARD}`,
    '/?q=4111-1111-1111-1111',
    '/?q=4111+1111+1111+1111',
    '/?q=4111%201111%201111%201111',
    `/?q=%20${CARD}`,
    `/?q=a${CARD}b`,
    `/?q=card_${CARD}`,
    `/?q=${hex(CARD)}`,
    `/${CARD}/pay`,
  ])('are masked in %s', (uri) => {
    const text = eventText({ uri });
    expect(text).not.toContain(CARD);
    expect(text.replace(/[ +-]|%20/g, '')).not.toContain(CARD);
  });

  it('are masked in JSON and headers', () => {
    expect(eventText({ method: 'POST', headers: JSON_TYPE, body: `{"n":${CARD}}` })).not.toContain(CARD);
    expect(eventText({ headers: [host, ['X-Card', CARD]] })).not.toContain(CARD);
  });

  it('are told from other numbers', () => {
    expect(eventText({ uri: '/?q=1234567890123456' })).toContain('1234567890123456');
    expect(eventText({ uri: '/?q=1700000000000' })).toContain('1700000000000');
  });
});

describe('an event', () => {
  const RULE = `SecRule ARGS:q "@contains evil" "id:942100,phase:2,deny,status:406,severity:CRITICAL,msg:'Found %{MATCHED_VAR_NAME}',logdata:'%{MATCHED_VAR}',tag:'attack-sqli',tag:'paranoia-level/2',setvar:tx.inbound_anomaly_score_pl2=+5,setvar:tx.sql_injection_score=+5"`;
  const message: Message = { uri: '/shop?q=so+evil&x=1', id: 'abc', client: '192.0.2.7' };

  it('has the fields of its version', () => {
    const event = buildEvent(run(RULE, message).result);
    expect(event).toMatchObject({
      ecs: { version: '9.2.0' },
      event: {
        kind: 'event',
        category: ['web'],
        type: ['denied'],
        action: 'deny',
        outcome: 'success',
        severity: 2,
      },
      http: { request: { id: 'abc', method: 'GET' }, version: '1.1' },
      url: { original: '/shop?q=so+evil&x=1', domain: 'shop.example', path: '/shop' },
      source: { ip: '192.0.2.7', port: 40_000 },
      destination: { ip: '192.0.2.2', port: 80 },
      waf: {
        schema: 1,
        policy: 'test',
        mode: 'Block',
        would_block: true,
        status: 406,
        detail: 'rule 942100',
        scores: { sql_injection_score: 5 },
        coverage: {
          body_bytes: 0,
          body_inspected: true,
          request_bytes_seen: 0,
          request_bytes_passed: 0,
          response_bytes_seen: 0,
          response_bytes_passed: 0,
          skipped: [],
        },
        rules: [
          {
            id: '942100',
            message: 'Found ARGS:q',
            data: 'so evil',
            severity: 'CRITICAL',
            tags: ['attack-sqli', 'paranoia-level/2'],
            phase: 2,
            paranoia_level: 2,
            file: 'test.conf',
            line: 1,
            score: 5,
            targets: [{ variable: 'ARGS:q', value: 'so evil', score: 5 }],
            targets_left_out: 0,
          },
        ],
      },
    });
    expect(Number.isNaN(Date.parse(event['@timestamp']))).toBe(false);
    expect(event.waf).not.toHaveProperty('cause');
  });

  it('in Detect says what Block would do', () => {
    const event = buildEvent(run(RULE, message, { mode: 'Detect' }).result);
    expect(event.event).toMatchObject({ type: ['allowed'], action: 'deny' });
    expect(event.waf).toMatchObject({ mode: 'Detect', would_block: true });
  });

  it('of a request that could not be inspected names the cause', () => {
    const { result } = run(PROCESSORS, { method: 'POST', headers: JSON_TYPE, body: '{' });
    expect(isEventful(result)).toBe(true);
    expect(buildEvent(result).waf).toMatchObject({ cause: 'body_syntax', would_block: true, rules: [] });
  });

  it('is made where a rule logs, and leaves out rules that do not', () => {
    const quiet = 'SecAction "id:1,phase:1,pass,nolog"';
    expect(isEventful(run(quiet).result)).toBe(false);
    const { result } = run(
      `${quiet}\nSecAction "id:2,phase:1,pass,nolog,auditlog"\nSecAction "id:3,phase:1,pass,noauditlog"`,
    );
    expect(isEventful(result)).toBe(true);
    expect(buildEvent(result).waf.rules.map(({ id }) => id)).toEqual(['2', '3']);
  });

  it('cuts nothing silently: a long value and many targets say what is left out', () => {
    const long = `evil${'x'.repeat(EVENT_LIMITS.valueBytesMax + 96)}`;
    const shown = long.slice(0, EVENT_LIMITS.valueBytesMax);
    const event = buildEvent(run(RULE, { uri: `/?q=${long}` }).result);
    expect(event.waf.rules[0]?.targets[0]?.value).toBe(`${shown}… (cut, ${long.length} bytes in all)`);
    const many = Array.from({ length: EVENT_LIMITS.targetsPerRuleMax + 7 }, () => 'q=evil').join('&');
    const rule = buildEvent(run(RULE, { uri: `/?${many}` }).result).waf.rules[0];
    expect(rule?.targets).toHaveLength(EVENT_LIMITS.targetsPerRuleMax);
    expect(rule?.targets_left_out).toBe(7);
  });

  it('grows with its rules and not with rules times values: each shows a target, and says what is left out', () => {
    const rules = Array.from(
      { length: 40 },
      (_, at) => `SecRule ARGS "@contains x" "id:${at + 1},phase:2,pass"`,
    );
    const value = 'x'.repeat(EVENT_LIMITS.valueBytesMax - 'ARGS:a'.length);
    const uri = `/?${Array.from({ length: 20 }, () => `a=${value}`).join('&')}`;
    const event = buildEvent(run(rules.join('\n'), { uri }).result);
    const shown = event.waf.rules.map(({ targets }) => targets.length);
    const before = Math.floor(EVENT_LIMITS.targetBytesMax / EVENT_LIMITS.valueBytesMax / 20);
    expect(shown).toEqual(shown.map((_, at) => (at < before ? 20 : at === before ? 8 : 1)));
    expect(event.waf.rules.map(({ targets_left_out }) => targets_left_out)).toEqual(shown.map((n) => 20 - n));
  });

  it('in brief has what sums are made of, as the whole has it, and nothing that came with the request', () => {
    const messages: readonly Message[] = [
      { uri: `/?q=${SECRET}`, headers: [host, ['Cookie', `sid=${SECRET}`]] },
      { method: 'POST', body: '{"a":', ...JSON_TYPE },
      { uri: '/plain' },
    ];
    const observer = { hostname: 'node-7', version: '1.2.3', process: '1' };
    const outcome = { action: 'deny', cause: null, isDenied: true, wouldBlock: true, status: 403 } as const;
    for (const message of messages) {
      const { result } = judge(prying, message);
      const [event, brief] = [buildEvent(result, { observer }), buildBriefEvent(result, { observer })];
      expect(event).toMatchObject(brief);
      expect(brief.waf.rules).toHaveLength(event.waf.rules.length);
      expect(withOutcome(event, outcome)).toMatchObject(briefWithOutcome(brief, outcome));
      expect(JSON.stringify(brief)).not.toMatch(/plain|shop\.example|hUnter/);
    }
  });

  it('masks a text that was none in the events before', () => {
    const agent = ['User-Agent', SECRET] as const;
    for (let count = 0; count < 3; count++) expect(eventText({ headers: [host, agent] })).toContain(SECRET);
    expect(leaks({ headers: [host, agent, ['Cookie', `sid=${SECRET}`]] })).toEqual([]);
    expect(leaks({ uri: `/?password=${SECRET}`, headers: [host, agent] })).toEqual([]);
    expect(eventText({ headers: [host, agent] })).toContain(SECRET);
  });

  it('masks what rules set aside of a secret, however long it is', () => {
    const secret = 'ab'.repeat(10_000);
    const rule = `SecRule REQUEST_COOKIES:s "@rx ^.{7}(.{900})" "id:1,phase:1,pass,capture,nolog,setvar:tx.part=%{TX.1}"
      SecRule TX:part "@rx ." "id:2,phase:1,pass"`;
    const { result } = run(rule, { headers: [host, ['Cookie', `s=${secret}`]] });
    expect(buildEvent(result).waf.rules[0]?.targets).toEqual([
      { variable: 'TX:part', value: '***', score: 0 },
    ]);
  });

  it('is text whatever the bytes: UTF-8 stays, the rest is replaced', () => {
    const ruleSet = ruleSetOf(
      'SecRule ARGS|REQUEST_HEADERS "@rx ." "id:1,phase:1,pass,msg:\'%{MATCHED_VAR}\'"',
    );
    expect(JSON.stringify(buildEvent(judge(ruleSet, { uri: '/?q=%C3%A9%FF' }).result))).toContain('é�');
    const bytes = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    });
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, (method, uri, name, value) => {
        const { result } = judge(ruleSet, { method, uri, headers: [[name, value]] });
        const text = JSON.stringify(buildEvent(result));
        expect(JSON.parse(text)).toBeTypeOf('object');
        expect(text).not.toMatch(/[\ud800-\udfff]/u);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a log line', () => {
  it('is one line of printable ASCII whatever the value', () => {
    const ruleSet = ruleSetOf(
      "SecRule ARGS \"@rx .*\" \"id:1,phase:1,deny,msg:'%{MATCHED_VAR}',logdata:'%{MATCHED_VAR}',tag:'a'\"",
    );
    const values = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    });
    fc.assert(
      fc.property(values, values, (value, uri) => {
        const { result } = judge(ruleSet, {
          uri: `/?q=${[...value].map((char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')}`,
        });
        for (const match of result.matches) {
          const line = formatLogLine(match, { uri, host: value, requestId: uri });
          expect(line).toMatch(/^[\x20-\x7e]*$/);
          expect(line.match(/(?<!\\)(?:\\\\)*"/g)?.length).toBe(2 * (line.match(/ \[\w+ "/g)?.length ?? 0));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has id, msg, data and the place of the rule', () => {
    const { result } = run(
      `SecRule ARGS "@rx ." "id:1,phase:1,deny,msg:'m',logdata:'d',severity:2,tag:'t',rev:3"`,
      { uri: '/?a=1' },
    );
    const match = result.matches[0];
    const line = match === undefined ? '' : formatLogLine(match, { uri: '/u', host: 'h', requestId: 'r' });
    expect(line).toBe(
      'Sluice: Access denied with code 403 (phase 1). [file "test.conf"] [line "1"] [id "1"] [rev "3"] [msg "m"] [data "d"] [severity "CRITICAL"] [tag "t"] [hostname "h"] [uri "/u"] [unique_id "r"]',
    );
  });
});
