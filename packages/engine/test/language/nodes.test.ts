/** Every kind of node, asserted three ways: the tree, the text it prints, the positions. */
import { describe, expect, it } from 'vitest';
import { printDirective } from '../../src/language/print.ts';
import { bare, parse, parseOne, positions } from './helpers.ts';

interface NodeCase {
  readonly behaviour: string;
  readonly text: string;
  readonly tree: unknown;
  readonly printed: string;
  readonly positions: readonly string[];
}

const target = (variable: string, selector: unknown = null, flags: object = {}): unknown => ({
  variable,
  selector,
  count: false,
  exclude: false,
  ...flags,
});
const key = (name: string): unknown => ({ kind: 'key', key: name });
const regex = (pattern: string): unknown => ({ kind: 'regex', pattern });
const action = (name: string, argument: string | null = null): unknown => ({ name, argument });

const CASES: readonly NodeCase[] = [
  {
    behaviour: 'keeps all parts of a rule',
    text: 'secrule  args|!ARGS:foo "!@PMF a.data" "ID:1,Phase:2,T:none,msg:\'x, y\',deny"',
    tree: {
      kind: 'rule',
      targets: [target('ARGS'), target('ARGS', key('foo'), { exclude: true })],
      operator: { name: 'pmFromFile', negated: true, argument: 'a.data' },
      actions: [
        action('id', '1'),
        action('phase', '2'),
        action('t', 'none'),
        action('msg', 'x, y'),
        action('deny'),
      ],
    },
    printed: 'SecRule ARGS|!ARGS:foo "!@pmFromFile a.data" "id:1,phase:2,t:none,msg:\'x, y\',deny"',
    positions: ['1:10', '1:15', '1:26', '1:32', '1:41', '1:46', '1:54', '1:61', '1:72', '1:1'],
  },
  {
    behaviour: 'takes an operator without a name for a pattern',
    text: 'SecRule ARGS "^a b " id:1',
    tree: {
      kind: 'rule',
      targets: [target('ARGS')],
      operator: { name: 'rx', negated: false, argument: '^a b ' },
      actions: [action('id', '1')],
    },
    printed: 'SecRule ARGS "@rx ^a b " "id:1"',
    positions: ['1:9', '1:15', '1:15', '1:22', '1:1'],
  },
  {
    behaviour: 'takes ! before a pattern for a negation',
    text: 'SecRule ARGS !^a$',
    tree: {
      kind: 'rule',
      targets: [target('ARGS')],
      operator: { name: 'rx', negated: true, argument: '^a$' },
      actions: [],
    },
    printed: 'SecRule ARGS "!@rx ^a$"',
    positions: ['1:9', '1:14', '1:15', '1:1'],
  },
  {
    behaviour: 'keeps every form of target',
    text: "SecRule &ARGS|TX:/^x_/|XML:/*|XML://@*|REQUEST_COOKIES:'/regex with | and , inside/',ARGS:'a b' @detectSQLi",
    tree: {
      kind: 'rule',
      targets: [
        target('ARGS', null, { count: true }),
        target('TX', regex('^x_')),
        target('XML', key('/*')),
        target('XML', key('//@*')),
        target('REQUEST_COOKIES', regex('regex with | and , inside')),
        target('ARGS', key('a b')),
      ],
      operator: { name: 'detectSQLi', negated: false, argument: '' },
      actions: [],
    },
    printed:
      "SecRule &ARGS|TX:/^x_/|XML:/*|XML://@*|REQUEST_COOKIES:'/regex with | and , inside/'|ARGS:'a b' \"@detectSQLi\"",
    positions: ['1:9', '1:15', '1:24', '1:31', '1:40', '1:86', '1:97', '1:108', '1:1'],
  },
  {
    behaviour: 'keeps the actions of SecAction',
    text: 'SecAction "id:900990, phase:1,setvar:tx.crs_setup_version=4250"',
    tree: {
      kind: 'action',
      actions: [action('id', '900990'), action('phase', '1'), action('setvar', 'tx.crs_setup_version=4250')],
    },
    printed: 'SecAction "id:900990,phase:1,setvar:\'tx.crs_setup_version=4250\'"',
    positions: ['1:12', '1:23', '1:31', '1:1'],
  },
  {
    behaviour: 'keeps the name of SecMarker',
    text: '\tSecMarker "END-ALL"',
    tree: { kind: 'marker', name: 'END-ALL' },
    printed: 'SecMarker END-ALL',
    positions: ['1:2'],
  },
  {
    behaviour: 'keeps the actions of SecDefaultAction',
    text: "SecDefaultAction 'phase:request,log,auditlog,pass'",
    tree: {
      kind: 'defaultAction',
      actions: [action('phase', 'request'), action('log'), action('auditlog'), action('pass')],
    },
    printed: 'SecDefaultAction "phase:request,log,auditlog,pass"',
    positions: ['1:19', '1:33', '1:37', '1:46', '1:1'],
  },
  {
    behaviour: 'keeps ids and ranges of SecRuleRemoveById',
    text: 'SecRuleRemoveByID 1 "2-5, 7" 9',
    tree: {
      kind: 'removeRules',
      by: {
        kind: 'id',
        ranges: [
          [1, 1],
          [2, 5],
          [7, 7],
          [9, 9],
        ],
      },
    },
    printed: 'SecRuleRemoveById 1,2-5,7,9',
    positions: ['1:1'],
  },
  {
    behaviour: 'keeps the pattern of SecRuleRemoveByTag',
    text: 'SecRuleRemoveByTag "^attack-\\"x"',
    tree: { kind: 'removeRules', by: { kind: 'tag', pattern: '^attack-"x' } },
    printed: 'SecRuleRemoveByTag "^attack-\\"x"',
    positions: ['1:1'],
  },
  {
    behaviour: 'keeps the pattern of SecRuleRemoveByMsg',
    text: 'SecRuleRemoveByMsg FAIL',
    tree: { kind: 'removeRules', by: { kind: 'msg', pattern: 'FAIL' } },
    printed: 'SecRuleRemoveByMsg "FAIL"',
    positions: ['1:1'],
  },
  {
    behaviour: 'keeps ids and targets of SecRuleUpdateTargetById',
    text: 'SecRuleUpdateTargetById 1 3-4 "!REQUEST_COOKIES:/^_ga(?:_\\w+)?$/"',
    tree: {
      kind: 'updateTargets',
      by: {
        kind: 'id',
        ranges: [
          [1, 1],
          [3, 4],
        ],
      },
      targets: [target('REQUEST_COOKIES', regex('^_ga(?:_\\w+)?$'), { exclude: true })],
    },
    printed: 'SecRuleUpdateTargetById 1,3-4 !REQUEST_COOKIES:/^_ga(?:_\\w+)?$/',
    positions: ['1:32', '1:1'],
  },
  {
    behaviour: 'keeps what a target of SecRuleUpdateTargetById replaces',
    text: 'SecRuleUpdateTargetById 1 3 REQUEST_URI,!ARGS:x ARGS:/y/',
    tree: {
      kind: 'updateTargets',
      by: {
        kind: 'id',
        ranges: [
          [1, 1],
          [3, 3],
        ],
      },
      targets: [target('REQUEST_URI'), target('ARGS', key('x'), { exclude: true })],
      replaced: target('ARGS', regex('y')),
    },
    printed: 'SecRuleUpdateTargetById 1,3 REQUEST_URI|!ARGS:x ARGS:/y/',
    positions: ['1:29', '1:41', '1:49', '1:1'],
  },
  {
    behaviour: 'keeps what a target of SecRuleUpdateTargetByTag replaces',
    text: 'SecRuleUpdateTargetByTag attack "&ARGS" "ARGS"',
    tree: {
      kind: 'updateTargets',
      by: { kind: 'tag', pattern: 'attack' },
      targets: [target('ARGS', null, { count: true })],
      replaced: target('ARGS'),
    },
    printed: 'SecRuleUpdateTargetByTag "attack" &ARGS ARGS',
    positions: ['1:34', '1:42', '1:1'],
  },
  {
    behaviour: 'keeps pattern and targets of SecRuleUpdateTargetByTag',
    text: 'SecRuleUpdateTargetByTag attack-sqli !ARGS_NAMES:json.profile',
    tree: {
      kind: 'updateTargets',
      by: { kind: 'tag', pattern: 'attack-sqli' },
      targets: [target('ARGS_NAMES', key('json.profile'), { exclude: true })],
    },
    printed: 'SecRuleUpdateTargetByTag "attack-sqli" !ARGS_NAMES:json.profile',
    positions: ['1:38', '1:1'],
  },
  {
    behaviour: 'keeps pattern and targets of SecRuleUpdateTargetByMsg',
    text: 'SecRuleUpdateTargetByMsg "SQL Injection" "ARGS"',
    tree: { kind: 'updateTargets', by: { kind: 'msg', pattern: 'SQL Injection' }, targets: [target('ARGS')] },
    printed: 'SecRuleUpdateTargetByMsg "SQL Injection" ARGS',
    positions: ['1:43', '1:1'],
  },
  {
    behaviour: 'keeps id, link and actions of SecRuleUpdateActionById',
    text: 'SecRuleUpdateActionById 12345:1 "deny,status:403"',
    tree: { kind: 'updateActions', id: 12345, link: 1, actions: [action('deny'), action('status', '403')] },
    printed: 'SecRuleUpdateActionById 12345:1 "deny,status:403"',
    positions: ['1:34', '1:39', '1:1'],
  },
  {
    behaviour: 'spells the values of a setting as the manual does',
    text: 'secruleengine detectiononly',
    tree: { kind: 'setting', name: 'SecRuleEngine', values: ['DetectionOnly'] },
    printed: 'SecRuleEngine DetectionOnly',
    positions: ['1:1'],
  },
  {
    behaviour: 'keeps all values of a setting',
    text: 'SecResponseBodyMimeType text/plain "text/html" text/xml',
    tree: {
      kind: 'setting',
      name: 'SecResponseBodyMimeType',
      values: ['text/plain', 'text/html', 'text/xml'],
    },
    printed: 'SecResponseBodyMimeType text/plain text/html text/xml',
    positions: ['1:1'],
  },
];

describe('nodes', () => {
  for (const { behaviour, text, tree, printed, positions: places } of CASES) {
    it(`${behaviour}: tree`, () => expect(bare(parseOne(text))).toEqual(tree));
    it(`${behaviour}: text`, () => {
      expect(printDirective(parseOne(text))).toBe(printed);
      expect(bare(parseOne(printed))).toEqual(tree);
    });
    it(`${behaviour}: positions`, () => expect(positions(parseOne(text))).toEqual(places));
  }

  it('keeps the order of directives and names the file in each position', () => {
    const nodes = parse('SecMarker A\nSecRuleEngine On\nSecMarker B');
    expect(nodes.map((node) => node.kind)).toEqual(['marker', 'setting', 'marker']);
    expect(nodes.at(-1)?.position).toEqual({ file: 'rules.conf', line: 3, column: 1 });
  });
});
