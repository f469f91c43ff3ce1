/**
 * CRS 3.3.4, which many deployments still run: all its files load, and the classic attacks of each family are denied at
 * paranoia level 1. The files are those of Debian's package modsecurity-crs; where it cannot be had, the tests are skipped.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cacheDirectory } from '../packages/cli/src/setup/paths.ts';
import {
  buildEvent,
  Engine,
  fromBytes,
  fromText,
  type HeaderList,
  overlayFor,
  type RuleSet,
  type RuleUnit,
} from '../packages/engine/src/index.ts';
import { debianPackage } from './rule-sets/debian-package.ts';

const COMPILE_MILLIS = 600_000;
const { root, missing: reason } = debianPackage('modsecurity-crs', 'crs-3.3.4', /_3\.3\.4-.*\.deb$/, [
  'usr/share/modsecurity-crs/rules',
  'etc/modsecurity/crs/crs-setup.conf',
]);
const RULES = join(root, 'usr/share/modsecurity-crs/rules');
const SETUP = join(root, 'etc/modsecurity/crs/crs-setup.conf');

/** As a deployment sets it up: blocking on, and the collections of its clients. */
const BEFORE = `SecRequestBodyAccess On
SecResponseBodyAccess On
SecRule REQUEST_HEADERS:Content-Type "@contains json" "id:200001,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "@contains xml" "id:200000,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
`;

const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
const CLIENT = { address: '192.0.2.1', port: 40_000 };

const BROWSER: HeaderList = [
  ['Host', 'shop.example'],
  ['User-Agent', 'Mozilla/5.0'],
  ['Accept', '*/*'],
];

/** Known to the CRS as another client: what scans once is remembered. */
const OTHER_BROWSER: HeaderList = [
  ['Host', 'shop.example'],
  ['User-Agent', 'Mozilla/4.0'],
  ['Accept', '*/*'],
];

interface Attack {
  readonly name: string;
  readonly method?: string;
  readonly uri?: string;
  readonly headers?: HeaderList;
  readonly body?: string;
}

const FORM: HeaderList = [...BROWSER, ['Content-Type', 'application/x-www-form-urlencoded']];

const ATTACKS: readonly (readonly [rule: number, attack: Attack])[] = [
  [911100, { name: 'a method that is not allowed', method: 'TRACE' }],
  [
    913100,
    { name: 'a scanner', headers: [...BROWSER.slice(0, 1), ['User-Agent', 'sqlmap/1.7'], ['Accept', '*/*']] },
  ],
  [
    920420,
    {
      name: 'a content type that is not allowed',
      method: 'POST',
      headers: [...BROWSER, ['Content-Type', 'application/evil']],
      body: 'a',
    },
  ],
  [920440, { name: 'a backup file', uri: '/index.php.bak' }],
  [921120, { name: 'response splitting', uri: '/?a=x%0d%0aContent-Type:%20text/html%0d%0a' }],
  [930100, { name: 'path traversal', uri: '/?f=..%252f..%252fetc%252fpasswd' }],
  [930110, { name: 'path traversal, decoded once', uri: '/?f=../../secret' }],
  [930120, { name: 'a system file', uri: '/?f=/etc/passwd' }],
  [931100, { name: 'a remote file by address', uri: '/?f=http://192.0.2.9/evil' }],
  [932100, { name: 'a Unix command', uri: '/?c=%3Bls%20-l' }],
  [932110, { name: 'a Windows command', uri: '/?c=%26net%20user' }],
  [932160, { name: 'a shell path', uri: '/?c=/bin/bash' }],
  [933100, { name: 'a PHP tag', uri: '/?a=%3C?php' }],
  // In the file four backslashes stand for one.
  [933100, { name: 'a PHP tag with a backslash', uri: '/?a=[%5Cphp]' }],
  [933150, { name: 'a PHP function', uri: '/?a=base64_decode(' }],
  [933160, { name: 'a PHP call', uri: "/?a=system('id')" }],
  [934100, { name: 'Node.js code', uri: '/?a=this.constructor.constructor(' }],
  [941100, { name: 'cross-site scripting', uri: '/?a=%3Cscript%3Ealert(1)%3C/script%3E' }],
  [941160, { name: 'a handler in an element', uri: '/?a=%3Cimg%20src=x%20onerror=alert(1)%3E' }],
  [942100, { name: 'SQL injection', uri: "/?a=1'%20or%20'1'='1" }],
  [
    942100,
    { name: 'SQL injection in a form', method: 'POST', headers: FORM, body: "a=1' union select 1,2,3--" },
  ],
  [
    942100,
    {
      name: 'SQL injection in JSON',
      method: 'POST',
      headers: [...BROWSER, ['Content-Type', 'application/json']],
      body: '{"a":"1\' union select 1,2,3--"}',
    },
  ],
  [913110, { name: "a scanner's header", headers: [...OTHER_BROWSER, ['Acunetix-Product', 'WVS/11']] }],
  [913120, { name: "a scanner's file", uri: '/nessustest', headers: OTHER_BROWSER }],
  [920100, { name: 'a method that is no method', method: 'G(T' }],
  [
    921110,
    {
      name: 'a request within a request',
      method: 'POST',
      headers: FORM,
      body: 'a=%0aGET%20/x%20HTTP/1.1%0aHost:%20b',
    },
  ],
  [921150, { name: 'a line break in the name of an argument', uri: '/?a%0db=1' }],
  [930130, { name: 'a file of the application', uri: '/.git/config' }],
  [
    931110,
    { name: 'a remote file by a known argument', uri: '/?mosConfig_absolute_path=http://evil.example/x' },
  ],
  [931120, { name: 'a remote file that cuts off what follows', uri: '/?f=http://evil.example/x?' }],
  [932130, { name: 'a shell expression', uri: '/?c=%24(id)' }],
  [932170, { name: 'Shellshock', headers: [...BROWSER, ['X-A', '() { :; }; id']] }],
  [933130, { name: 'a PHP variable', uri: '/?a=%24_SERVER' }],
  [933210, { name: 'a PHP call in pieces', uri: '/?a=(system)(ls)' }],
  [941110, { name: 'a script element', uri: '/?a=%3Cscript%20src=x%3E' }],
  [941170, { name: 'a script address', uri: '/?a=javascript:alert(1)' }],
  [942160, { name: 'SQL that waits', uri: '/?a=sleep(5)' }],
  [
    942190,
    { name: 'SQL that asks for the tables', uri: '/?a=union%20select%20a%20from%20information_schema' },
  ],
  [942290, { name: 'an operator of a document database', uri: '/?a[%24ne]=1' }],
  [
    943110,
    {
      name: 'a session id from elsewhere',
      uri: '/?phpsessid=1',
      headers: [...BROWSER, ['Referer', 'http://evil.example/']],
    },
  ],
  [943120, { name: 'a session id from nowhere', uri: '/?phpsessid=1' }],
  [944120, { name: 'a Java gadget', uri: '/?a=java.lang.ProcessBuilder%20clonetransformer' }],
  [943100, { name: 'session fixation', uri: '/?a=.cookie;expires=1;%20domain=x' }],
  [944100, { name: 'a Java class', uri: '/?a=java.lang.Runtime' }],
  [944130, { name: 'a Java package', uri: '/?a=com.opensymphony.xwork2' }],
];

/** Rules of higher levels whose patterns hold four backslashes for one. */
const BACKSLASHES: readonly (readonly [rule: number, uri: string])[] = [
  [920460, '/?a=x%5Cw'],
  [941330, "/?a='%20in%20%5Cu006Cocation%20%3D"],
];

const HARMLESS: readonly Attack[] = [
  { name: 'a page', uri: '/' },
  { name: 'a search', uri: '/search?q=red+shoes&page=2' },
  { name: 'a form', method: 'POST', headers: FORM, body: 'name=Ada+Lovelace&city=London' },
];

// The rules are Debian's and not in this repository: a machine without apt or network cannot have them.
describe.skipIf(reason !== null)(`CRS 3.3.4${reason === null ? '' : `: ${reason}`}`, () => {
  let base: RuleUnit;
  let ruleSet: RuleSet;
  let strictest: RuleSet;

  beforeAll(() => {
    const files = readdirSync(RULES)
      .filter((name) => name.endsWith('.conf'))
      .sort();
    const paths = [SETUP, ...files.map((name) => join(RULES, name))];
    const sources = paths.map((path) => ({ path, text: fromBytes(readFileSync(path)) }));
    base = engine.loadRules([{ path: 'before.conf', text: fromText(BEFORE) }, ...sources], {
      paranoiaMax: 1,
    });
    ruleSet = engine.ruleSet(base, { ...overlayFor({ name: 'crs-3', mode: 'Block' }), pinned: new Map() });
    const text = 'SecAction "id:1,phase:1,nolog,pass,setvar:tx.paranoia_level=4"';
    const before = [engine.loadRules([{ path: 'level.conf', text }])];
    strictest = engine.ruleSet(base, {
      ...overlayFor({ name: 'crs-3-level-4', mode: 'Block', before }),
      pinned: new Map(),
    });
  }, COMPILE_MILLIS);

  function judge(
    { method = 'GET', uri = '/', headers = BROWSER, body = '' }: Omit<Attack, 'name'>,
    rules = ruleSet,
  ) {
    const length: HeaderList = body === '' ? [] : [['Content-Length', String(body.length)]];
    const transaction = engine.transaction(rules, {
      id: 'r',
      method,
      uri,
      protocol: 'HTTP/1.1',
      headers: [...headers, ...length],
      client: CLIENT,
      server: CLIENT,
    });
    transaction.requestHeaders();
    if (body !== '') transaction.requestBody(Buffer.from(body, 'latin1'));
    transaction.requestEnd();
    const result = transaction.finish();
    const { verdict, matches, failures } = result;
    expect(failures).toEqual([]);
    return {
      verdict,
      ids: matches.map(({ rule }) => rule.data.id),
      waf: buildEvent(result).waf,
      dataOf: (id: number) => matches.find(({ rule }) => rule.data.id === id)?.data,
    };
  }

  it('loads, and warns of nothing but what asks a network or a database', () => {
    expect(base.program.items.length).toBeGreaterThan(600);
    expect(base.program.warnings.map(({ message }) => message.split(':')[0])).toEqual(['@rbl', '@geoLookup']);
  });

  it.each(ATTACKS)('denies by rule %i $name', (rule, attack) => {
    const { verdict, ids } = judge(attack);
    expect(ids).toContain(rule);
    expect(verdict).toMatchObject({ kind: 'deny', status: 403 });
  });

  it.each(ATTACKS)('has scores in the event of $name that add up', (_, attack) => {
    const { scores, rules } = judge(attack).waf;
    expect(scores.anomaly_score).toBeGreaterThan(0);
    expect(rules.reduce((total, { score }) => total + score, 0)).toBe(scores.anomaly_score);
  });

  it.each(BACKSLASHES)('denies by rule %i what its backslashes mean', (rule, uri) => {
    expect(judge({ uri }, strictest).ids).toContain(rule);
  });

  it('blocks an address for a while that it has seen attacking', () => {
    const text = `SecAction "id:1,phase:1,nolog,pass,setvar:tx.do_reput_block=1,setvar:tx.reput_block_duration=300"`;
    const before = [engine.loadRules([{ path: 'reputation.conf', text }])];
    const policy = { ...overlayFor({ name: 'reputation', mode: 'Block', before }), pinned: new Map() };
    const reputation = engine.ruleSet(base, policy);
    // An address is known together with its browser, so the scanner must not be told by another User-Agent.
    const scanner: HeaderList = [...BROWSER, ['Acunetix-Product', 'WVS/11']];
    expect(judge({}, reputation).verdict.kind).toBe('allow');
    expect(judge({ headers: scanner }, reputation).verdict.kind).toBe('deny');
    const after = judge({}, reputation);
    expect(after.verdict.kind).toBe('deny');
    expect(after.dataOf(910000)).toContain('security scanner');
  });

  it('drops an address that asks too often, until its time is over', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01T00:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
    const limits = { dos_burst_time_slice: 60, dos_counter_threshold: 3, dos_block_timeout: 600 };
    const setvars = Object.entries(limits).map(([name, value]) => `setvar:tx.${name}=${value}`);
    const text = `SecAction "id:1,phase:1,nolog,pass,${setvars.join()}"`;
    const before = [engine.loadRules([{ path: 'often.conf', text }])];
    const often = engine.ruleSet(base, {
      ...overlayFor({ name: 'often', mode: 'Block', before }),
      pinned: new Map(),
    });
    const headers: HeaderList = [...BROWSER.slice(0, 1), ['User-Agent', 'Often/1.0'], ['Accept', '*/*']];
    const ask = () => judge({ headers, uri: '/page' }, often);
    for (let request = 0; request < 6; request++) {
      expect(ask().verdict).toEqual({ kind: 'allow' });
      later(1);
    }
    expect(ask().verdict).toMatchObject({ kind: 'deny', action: 'drop', ruleId: 912120 });
    expect(ask().verdict).toMatchObject({ kind: 'deny', action: 'drop', ruleId: 912130 });
    later(600);
    expect(ask().verdict).toEqual({ kind: 'allow' });
  });

  it.each(HARMLESS)('lets $name pass', (request) => {
    expect(judge(request)).toMatchObject({ verdict: { kind: 'allow' } });
  });
});
