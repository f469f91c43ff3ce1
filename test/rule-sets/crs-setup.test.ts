/** crs-setup.conf.example of the CRS: each switch that it carries as a comment, uncommented as it is and changed. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Change } from './commented.ts';
import { switchesOf, uncommented, withLines } from './commented.ts';
import {
  arrange,
  COMPILE_MILLIS,
  crsRuleSet,
  FORM,
  judge,
  type Message,
  programOf,
  setupText,
  wholeCrs,
} from './support.ts';

const XSS = '<script>alert(1)</script>';
const ATTACK: Message = { uri: `/?q=${encodeURIComponent(XSS)}` };
const LEAK: Message = {
  response: { body: 'Warning: mysql_fetch_array() expects parameter 1 to be resource' },
};
/** A body of exactly so many bytes, in so many files: rule 920400 reads Content-Length, 920410 the files. */
function multipart(bytes: number, files = 1): Message {
  const head = (at: number) =>
    `--b\r\nContent-Disposition: form-data; name="f${at}"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n`;
  const heads = Array.from({ length: files }, (_, at) => head(at));
  const room = files === 1 ? bytes - `${heads.join('')}\r\n--b--\r\n`.length : bytes;
  const body = `${heads.map((one) => `${one}${'a'.repeat(room)}\r\n`).join('')}--b--\r\n`;
  return { type: 'multipart/form-data; boundary=b', body };
}

interface Switch {
  /** Other rules that are uncommented with it. */
  readonly with?: readonly (readonly [id: number, ...changes: Change[]])[];
  readonly changes?: readonly Change[];
  readonly message: Message;
  /** Rules that match only without the switch, and only with it. */
  readonly off?: readonly number[];
  readonly on?: readonly number[];
  readonly verdicts?: readonly [off: string, on: string];
}

const LEVEL_2 = [900000, ['level=1', 'level=2']] as const;

const SWITCHES: Readonly<Record<number, readonly Switch[]>> = {
  900000: [
    {
      message: { uri: '/?_method=DELETE' },
      changes: [['level=1', 'level=2']],
      on: [920650],
      verdicts: ['allow', 'deny'],
    },
  ],
  900001: [
    {
      message: { uri: '/?_method=DELETE' },
      changes: [['level=1', 'level=2']],
      on: [920650],
      verdicts: ['allow', 'allow'],
    },
    { message: ATTACK, with: [LEVEL_2], on: [901500], off: [941100], verdicts: ['deny', 'deny'] },
  ],
  900010: [{ message: { body: `q=${encodeURIComponent(XSS)}`, type: null }, on: [941100] }],
  900100: [
    {
      message: ATTACK,
      changes: [['critical_anomaly_score=5', 'critical_anomaly_score=1']],
      verdicts: ['deny', 'allow'],
    },
    {
      message: { headers: [['Range', 'bytes=1-2,3-4,5-6,7-8,9-10,11-12']] },
      with: [LEVEL_2],
      changes: [['warning_anomaly_score=3', 'warning_anomaly_score=9']],
      verdicts: ['allow', 'deny'],
    },
  ],
  900110: [
    {
      message: ATTACK,
      changes: [['inbound_anomaly_score_threshold=5', 'inbound_anomaly_score_threshold=100']],
      off: [949110],
      verdicts: ['deny', 'allow'],
    },
    {
      message: LEAK,
      changes: [['outbound_anomaly_score_threshold=4', 'outbound_anomaly_score_threshold=100']],
      off: [959100],
      verdicts: ['deny', 'allow'],
    },
  ],
  900115: [
    { message: ATTACK, changes: [['level=4', 'level=0']], off: [980170] },
    { message: {}, changes: [['level=4', 'level=5']], on: [980170] },
  ],
  900120: [
    { message: { ...ATTACK, headers: [['User-Agent', 'nuclei']] }, on: [949111], off: [941100, 949110] },
  ],
  900130: [{ message: {}, on: [901320] }],
  900200: [
    {
      message: { method: 'POST', body: 'a=1' },
      changes: [['HEAD POST', 'HEAD']],
      on: [911100],
      verdicts: ['allow', 'deny'],
    },
    {
      message: { method: 'PUT', body: 'a=1' },
      changes: [['OPTIONS', 'OPTIONS PUT']],
      off: [911100],
      verdicts: ['deny', 'allow'],
    },
  ],
  900210: [
    { message: { uri: '/?_method=DELETE' }, with: [LEVEL_2], off: [920650], verdicts: ['deny', 'allow'] },
  ],
  1234: [
    {
      message: { uri: '/foo/bar', body: `{"a":"${XSS}"}`, type: 'text/plain' },
      off: [920420],
      on: [1234, 941100],
    },
    { message: { uri: '/foo', body: '{"a":1}', type: 'text/plain' }, verdicts: ['deny', 'deny'] },
  ],
  900220: [
    {
      message: { body: '<a/>', type: 'text/xml' },
      changes: [[' |text/xml|', '']],
      on: [920420],
      verdicts: ['allow', 'deny'],
    },
    { message: { body: 'a', type: 'text/csv' }, changes: [['|text/xml|', '|text/csv|']], off: [920420] },
  ],
  900230: [
    {
      message: { protocol: 'HTTP/1.0' },
      changes: [['HTTP/1.0 ', '']],
      on: [920430],
      verdicts: ['allow', 'deny'],
    },
  ],
  900240: [
    { message: { uri: '/index.bak' }, changes: [[' .bak/', '']], off: [920440], verdicts: ['deny', 'allow'] },
    {
      message: { uri: '/site.zip' },
      changes: [[' .bak/', ' .zip/']],
      on: [920440],
      verdicts: ['allow', 'deny'],
    },
  ],
  900250: [
    {
      message: { headers: [['Proxy', 'a']] },
      changes: [[' /proxy/', '']],
      off: [920450],
      verdicts: ['deny', 'allow'],
    },
    {
      message: { headers: [['X-Internal', 'a']] },
      changes: [['/proxy/', '/x-internal/']],
      on: [920450],
      verdicts: ['allow', 'deny'],
    },
  ],
  900255: [
    {
      message: { headers: [['Accept-Charset', 'utf-8']] },
      with: [LEVEL_2],
      changes: [['/accept-charset/', '/x-none/']],
      off: [920451],
      verdicts: ['deny', 'allow'],
    },
  ],
  900280: [
    {
      message: { body: 'a=1', type: `${FORM}; charset=iso-8859-1` },
      changes: [[' |iso-8859-1|', '']],
      on: [920480],
      verdicts: ['allow', 'deny'],
    },
  ],
  900300: [
    { message: { uri: `/?${'a=1&'.repeat(256)}` }, on: [920380], verdicts: ['allow', 'deny'] },
    { message: { uri: `/?${'a=1&'.repeat(255)}` }, verdicts: ['allow', 'allow'] },
  ],
  900310: [
    { message: { uri: `/?${'a'.repeat(101)}=1` }, on: [920360], verdicts: ['allow', 'deny'] },
    { message: { uri: `/?${'a'.repeat(100)}=1` }, verdicts: ['allow', 'allow'] },
  ],
  900320: [
    { message: { uri: `/?a=${'b'.repeat(401)}` }, on: [920370], verdicts: ['allow', 'deny'] },
    { message: { uri: `/?a=${'b'.repeat(400)}` }, verdicts: ['allow', 'allow'] },
  ],
  900330: [
    { message: { body: `a=${'b'.repeat(64_000)}` }, on: [920390], verdicts: ['allow', 'deny'] },
    { message: { body: `a=${'b'.repeat(63_999)}` }, verdicts: ['allow', 'allow'] },
  ],
  900340: [
    { message: multipart(1_048_577), on: [920400], verdicts: ['allow', 'deny'] },
    { message: multipart(1_048_576), verdicts: ['allow', 'allow'] },
  ],
  900350: [
    { message: multipart(524_289, 2), on: [920410], verdicts: ['allow', 'deny'] },
    { message: multipart(524_288, 2), verdicts: ['allow', 'allow'] },
  ],
  900400: [
    {
      message: ATTACK,
      changes: [['=100', '=0']],
      on: [901450],
      off: [941100, 949110],
      verdicts: ['deny', 'allow'],
    },
  ],
  900950: [{ message: { uri: '/?a=%C3%28' }, on: [920250] }],
  // 950021 stands in phase 3, and no engine skips rules of another phase: of the responses the head is left out, the body is not.
  900500: [
    {
      message: { response: { status: 500 } },
      with: [LEVEL_2],
      on: [950021],
      off: [950100, 959152],
      verdicts: ['deny', 'allow'],
    },
    { message: LEAK, on: [950021], verdicts: ['deny', 'deny'] },
  ],
};

const CASES = Object.entries(SWITCHES).flatMap(([id, cases]) =>
  cases.map((one, at) => [Number(id), at + 1, one] as const),
);

beforeAll(() => void wholeCrs(), COMPILE_MILLIS);

describe('crs-setup.conf.example', () => {
  it('has no switch that is not tested here', () => {
    expect([...switchesOf(setupText)].sort()).toEqual(Object.keys(SWITCHES).map(Number).sort());
  });

  it('loads without a warning, and is what makes rule 901001 silent', () => {
    expect(wholeCrs().program.warnings).toEqual([]);
    expect(judge(crsRuleSet())).toMatchObject({ kind: 'allow', logged: [] });
    expect(judge(crsRuleSet({ setup: null })).verdict).toMatchObject({
      kind: 'deny',
      ruleId: 901001,
      status: 500,
    });
  });

  it.each(switchesOf(setupText).filter((id) => id !== 1234))(
    'with rule %i uncommented loads without a warning, and lets a page pass',
    (id) => {
      const setup = uncommented(setupText, id);
      expect(programOf(arrange({ setup })).warnings).toEqual([]);
      expect(judge(crsRuleSet({ setup }))).toMatchObject({ kind: 'allow', failures: [] });
    },
  );

  it.each(CASES)('rule %i does what its comment says (%i)', (id, _, one) => {
    const { message, changes = [], on = [], off = [], verdicts } = one;
    const rest = (one.with ?? []).reduce(
      (text, [other, ...more]) => uncommented(text, other, ...more),
      setupText,
    );
    const without = judge(rest === setupText ? crsRuleSet() : crsRuleSet({ setup: rest }), message);
    const withIt = judge(crsRuleSet({ setup: uncommented(rest, id, ...changes) }), message);
    for (const rule of on) {
      expect(without.ids).not.toContain(rule);
      expect(withIt.ids).toContain(rule);
    }
    for (const rule of off) {
      expect(without.ids).toContain(rule);
      expect(withIt.ids).not.toContain(rule);
    }
    if (verdicts !== undefined) expect([without.kind, withIt.kind]).toEqual(verdicts);
    expect([...without.failures, ...withIt.failures]).toEqual([]);
  });
});

describe('modes of operation', () => {
  const inMode = (pattern: RegExp) =>
    crsRuleSet({ setup: withLines(setupText.replace(/^SecDefaultAction/gm, '# $&'), pattern) });

  it('self-contained: the first rule that matches denies with its own status', () => {
    const { verdict, ids } = judge(
      inMode(/^# SecDefaultAction "phase:[12],log,auditlog,deny,status:403"$/),
      ATTACK,
    );
    expect(verdict).toMatchObject({ kind: 'deny', status: 403, ruleId: 941100 });
    expect(ids).not.toContain(949110);
  });

  it('self-contained: a redirect to the host that was asked', () => {
    const { verdict, matches } = judge(
      inMode(/^# SecDefaultAction "phase:[12],log,auditlog,redirect/),
      ATTACK,
    );
    expect(verdict).toMatchObject({
      kind: 'deny',
      action: 'redirect',
      location: 'http://shop.example/',
      ruleId: 941100,
    });
    expect(matches.at(-1)?.rule.data.id).not.toBe(949110);
  });

  it('anomaly scoring without the error log: it blocks all the same, and says so to the audit log only', () => {
    const { verdict, matches } = judge(
      inMode(/^# SecDefaultAction "phase:[12],nolog,auditlog,pass"$/),
      ATTACK,
    );
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 949110 });
    const data = matches.find(({ rule }) => rule.data.id === 941100)?.rule.data;
    expect(data).toMatchObject({ log: false, auditLog: true });
  });
});
