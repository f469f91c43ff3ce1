/**
 * Every form of exclusion that REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf.example and
 * RESPONSE-999-EXCLUSION-RULES-AFTER-CRS.conf.example document, with messages that show its effect and where that ends.
 */
import type { Message } from './support.ts';

export interface Expected {
  readonly kind?: 'allow' | 'deny';
  readonly matched?: readonly number[];
  readonly unmatched?: readonly number[];
  readonly verdict?: Readonly<Record<string, unknown>>;
}

export interface Form {
  readonly name: string;
  /** The id of the example in the first file, or the line of the second; else a text of the same form. */
  readonly example?: number | RegExp;
  readonly text?: string;
  readonly place: 'before' | 'after';
  readonly cases: readonly (readonly [message: Message, expected: Expected])[];
}

const SQLI = encodeURIComponent("1' or '1'='1");
const XSS = encodeURIComponent('<script>alert(1)</script>');
const PHP = encodeURIComponent('<?php exec("id");');
const LFI = '../../../../etc/passwd';
const DENIED: Expected = { kind: 'deny' };
const ALLOWED: Expected = { kind: 'allow' };
const at = (uri: string, client?: string): Message => ({ uri, ...(client === undefined ? {} : { client }) });
const ctl = (option: string): string => `SecAction "id:1100,phase:1,pass,nolog,ctl:${option}"`;

const leak: Message = { response: { body: 'Warning: mysql_fetch_array() expects parameter 1' } };
const denyAs = (name: string, example: RegExp, verdict: Expected['verdict']): Form => ({
  name: `SecRuleUpdateActionById: ${name}`,
  example,
  place: 'after',
  cases: [
    [at(`/?q=${XSS}`), { verdict: { kind: 'deny', ruleId: 949110, ...verdict } }],
    [leak, { verdict: { kind: 'deny', ruleId: 959100, ...verdict } }],
    [at('/?q=shoes'), ALLOWED],
  ],
});

export const FORMS: readonly Form[] = [
  {
    name: 'ctl:ruleEngine=Off for one client',
    example: 1000,
    place: 'before',
    cases: [
      [at(`/?q=${XSS}`, '192.168.1.100'), { ...ALLOWED, unmatched: [941100] }],
      [at(`/?q=${XSS}`, '192.168.1.101'), { ...DENIED, matched: [941100] }],
    ],
  },
  {
    name: 'ctl:ruleRemoveTargetById',
    example: 1001,
    place: 'before',
    cases: [
      [at(`/index.php?password=${SQLI}`), { unmatched: [942100] }],
      [at(`/index.php?password=${XSS}`), { ...DENIED, matched: [941100] }],
      [at(`/index.php?word=${SQLI}`), { ...DENIED, matched: [942100] }],
      [at(`/other.php?password=${SQLI}`), { ...DENIED, matched: [942100] }],
    ],
  },
  {
    name: 'ctl:ruleRemoveTargetByTag of an attack',
    example: 1002,
    place: 'before',
    cases: [
      [at(`/wp-login.php?pwd=${SQLI}`), { ...ALLOWED, unmatched: [942100] }],
      [at(`/wp-login.php?pwd=${XSS}`), { ...DENIED, matched: [941100] }],
      [at(`/wp-login.php?log=${SQLI}`), { ...DENIED, matched: [942100] }],
      [at(`/?pwd=${SQLI}`), { ...DENIED, matched: [942100] }],
    ],
  },
  {
    name: 'ctl:ruleRemoveTargetByTag of the whole CRS',
    example: 1003,
    place: 'before',
    cases: [
      [at(`/wp-login.php?pwd=${SQLI}`), { ...ALLOWED, unmatched: [942100] }],
      [at(`/wp-login.php?pwd=${XSS}`), { ...ALLOWED, unmatched: [941100, 941110] }],
      [at(`/wp-login.php?log=${XSS}`), { ...DENIED, matched: [941100] }],
      [at(`/?pwd=${XSS}`), { ...DENIED, matched: [941100] }],
    ],
  },
  {
    name: 'ctl:ruleRemoveById of a range',
    example: 1004,
    place: 'before',
    cases: [
      [at(`/admin?q=${XSS}`), { ...ALLOWED, unmatched: [941100] }],
      [at(`/admin?q=${SQLI}`), { ...ALLOWED, unmatched: [942100] }],
      [at(`/admin?q=${LFI}`), { ...DENIED, matched: [930120] }],
      [at(`/?q=${XSS}`), { ...DENIED, matched: [941100] }],
    ],
  },
  {
    name: 'ctl:ruleRemoveById',
    text: ctl('ruleRemoveById=942100'),
    place: 'before',
    cases: [
      [at(`/?q=${SQLI}`), { unmatched: [942100] }],
      [at(`/?q=${XSS}`), { ...DENIED, matched: [941100] }],
    ],
  },
  {
    name: 'ctl:ruleRemoveByTag',
    text: ctl('ruleRemoveByTag=attack-xss'),
    place: 'before',
    cases: [
      [at(`/?q=${XSS}`), { ...ALLOWED, unmatched: [941100] }],
      [at(`/?q=${SQLI}`), { ...DENIED, matched: [942100] }],
    ],
  },
  {
    name: 'ctl:ruleRemoveByMsg',
    text: ctl('ruleRemoveByMsg=libinjection'),
    place: 'before',
    cases: [
      [at(`/?q=${XSS}`), { ...DENIED, matched: [941110], unmatched: [941100] }],
      [at(`/?q=${SQLI}`), { unmatched: [942100] }],
    ],
  },
  {
    name: 'ctl:ruleRemoveTargetByMsg',
    text: ctl('ruleRemoveTargetByMsg=libinjection;ARGS:q'),
    place: 'before',
    cases: [
      [at(`/?q=${XSS}`), { ...DENIED, matched: [941110], unmatched: [941100] }],
      [at(`/?r=${XSS}`), { ...DENIED, matched: [941100] }],
    ],
  },
  {
    name: 'SecRuleRemoveById',
    example: /^# SecRuleRemoveById 942100$/,
    place: 'after',
    cases: [
      [at(`/?q=${SQLI}`), { unmatched: [942100] }],
      [at(`/?q=${XSS}`), { ...DENIED, matched: [941100] }],
    ],
  },
  {
    name: 'SecRuleRemoveByTag',
    example: /^# SecRuleRemoveByTag "attack-injection-php"$/,
    place: 'after',
    cases: [
      [at(`/?q=${PHP}`), { unmatched: [933100] }],
      [at(`/?q=${SQLI}`), { ...DENIED, matched: [942100] }],
    ],
  },
  {
    name: 'SecRuleRemoveByMsg',
    text: 'SecRuleRemoveByMsg "XSS Attack Detected via libinjection"',
    place: 'after',
    cases: [
      [at(`/?q=${XSS}`), { ...DENIED, matched: [941110], unmatched: [941100] }],
      [at(`/?q=${SQLI}`), { ...DENIED, matched: [942100] }],
    ],
  },
  {
    name: 'SecRuleUpdateTargetByTag',
    example: /^# SecRuleUpdateTargetByTag "attack-sqli" "!ARGS:foo"$/,
    place: 'after',
    cases: [
      [at(`/?foo=${SQLI}`), { ...ALLOWED, unmatched: [942100] }],
      [at(`/?foo=${XSS}`), { ...DENIED, matched: [941100] }],
      [at(`/?bar=${SQLI}`), { ...DENIED, matched: [942100] }],
    ],
  },
  {
    name: 'SecRuleUpdateTargetById',
    text: 'SecRuleUpdateTargetById 942100 "!ARGS:foo"',
    place: 'after',
    cases: [
      [at(`/?foo=${SQLI}`), { unmatched: [942100] }],
      [at(`/?bar=${SQLI}`), { ...DENIED, matched: [942100] }],
    ],
  },
  {
    name: 'SecRuleUpdateTargetByMsg',
    text: 'SecRuleUpdateTargetByMsg "SQL Injection Attack Detected via libinjection" "!ARGS:foo"',
    place: 'after',
    cases: [
      [at(`/?foo=${SQLI}`), { unmatched: [942100] }],
      [at(`/?bar=${SQLI}`), { ...DENIED, matched: [942100] }],
    ],
  },
  denyAs('a redirect to the host asked', /ActionById 9[45]91[01]0 .*request_headers\.host/, {
    action: 'redirect',
    location: 'http://shop.example/',
  }),
  denyAs('a redirect elsewhere', /ActionById 9[45]91[01]0 .*report_problem/, {
    action: 'redirect',
    location: 'http://example.com/report_problem',
  }),
  denyAs('another status', /ActionById 9[45]91[01]0 .*status:404/, { status: 404 }),
  denyAs('drop', /ActionById 9[45]91[01]0 "t:none,drop"/, { action: 'drop' }),
];
