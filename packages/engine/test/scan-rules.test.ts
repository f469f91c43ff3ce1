/** What is scanned ahead is what rules read, wherever they read it: planned and reference evaluation find the same rules. */
import { describe, expect, it } from 'vitest';
import { fromText } from '../src/bytes.ts';
import type { HeaderList, RuleSet, RuleUnit } from '../src/index.ts';
import { overlayFor, type PolicyOverlay } from '../src/link/overlay.ts';
import { work } from '../src/work.ts';
import {
  attributesOf,
  engine,
  FORM,
  JSON_TYPE,
  judge,
  type Message,
  PROCESSORS,
  ruleSetOf,
} from './core/support.ts';

const unitOf = (text: string): RuleUnit => engine.loadRules([{ path: 'scan.conf', text: fromText(text) }]);
const setOf = (base: RuleUnit, policy: Partial<PolicyOverlay> = {}): RuleSet =>
  engine.ruleSet(base, overlayFor({ name: 'scan', mode: 'Block', ...policy }));

/** The rules that match, which both evaluations must find. */
function idsOf(set: RuleSet, message: Message = {}): readonly number[] {
  const planned = judge(set, message);
  const reference = judge(set, message, 'reference');
  expect(planned.trace).toEqual(reference.trace);
  expect(planned.verdict).toEqual(reference.verdict);
  return planned.ids;
}

const ON = 'SecRequestBodyAccess On\n';
const typed = (type: string): HeaderList => [
  ['Host', 'shop.example'],
  ['Content-Type', type],
];

describe('rules find what they read', () => {
  it.each<readonly [string, string, Message, readonly number[]]>([
    [
      'by a key in any case, which others look at with other eyes',
      `SecRule ARGS:Foo "@rx evil" "id:1,phase:1,pass"
       SecRule ARGS "@rx EVIL" "id:2,phase:1,pass,t:uppercase"
       SecRule ARGS:bar "@rx evil" "id:3,phase:1,pass"
       SecRule REQUEST_HEADERS:x-A "@pm evil" "id:4,phase:1,pass"`,
      {
        uri: '/?fOO=evil',
        headers: [
          ['Host', 'h'],
          ['X-a', 'evil'],
        ],
      },
      [1, 2, 4],
    ],
    [
      'in the empty value, and in what transformations make of others',
      `SecRule ARGS "@rx ^$" "id:1,phase:1,pass,t:removeWhitespace"
       SecRule ARGS "@rx ^$" "id:2,phase:1,pass"
       SecRule ARGS "@rx ^.*$" "id:3,phase:1,pass"`,
      { uri: '/?a=%20%20' },
      [1, 3],
    ],
    [
      'by a pattern of keys',
      `SecRule ARGS:/^F/ "@rx evil" "id:1,phase:1,pass"
       SecRule ARGS:/^f/|!ARGS:foo "@rx evil" "id:2,phase:1,pass"`,
      { uri: '/?foo=evil' },
      [1],
    ],
    [
      'in arguments that come with the body, under a key that phase 1 asked for',
      `${ON}SecRule ARGS:a "@rx evil" "id:1,phase:1,pass"
       SecRule ARGS:a "@rx evil" "id:2,phase:2,pass"
       SecRule ARGS_POST "@rx ^evil$" "id:3,phase:5,pass"`,
      { uri: '/?a=good', method: 'POST', headers: FORM, body: ['a=ev', 'il'] },
      [2, 3],
    ],
    [
      'in a body as a whole, where it is kept and where it is asked for',
      `${ON}SecRule REQUEST_BODY "@rx evil" "id:1,phase:2,pass"
       SecRule FULL_REQUEST "@rx evil" "id:2,phase:2,pass"`,
      { method: 'POST', headers: typed('text/plain'), body: 'an evil body' },
      [1, 2],
    ],
    [
      'in a body that ctl:forceRequestBodyVariable keeps',
      `${ON}${PROCESSORS}SecAction "id:9,phase:1,pass,ctl:forceRequestBodyVariable=On"
       SecRule REQUEST_BODY "@rx evil" "id:1,phase:2,pass"`,
      { method: 'POST', headers: JSON_TYPE, body: '{"a":"evil"}' },
      [200_001, 9, 1],
    ],
    [
      'in a body that ctl:requestBodyProcessor has taken apart otherwise',
      `${ON}SecAction "id:9,phase:1,pass,ctl:requestBodyProcessor=JSON"
       SecRule ARGS "@rx ^evil$" "id:1,phase:2,pass"`,
      { method: 'POST', headers: typed('text/plain'), body: '{"a":{"b":"evil"}}' },
      [9, 1],
    ],
    [
      'in what ctl:requestBodyProcessor makes an error of within the phase',
      `${ON}${PROCESSORS}SecRule ARGS_GET:a "@streq go" "id:1,phase:2,pass,ctl:requestBodyProcessor=MULTIPART"
       SecRule MULTIPART_STRICT_ERROR "@rx 1" "id:2,phase:2,pass"`,
      { method: 'POST', uri: '/?a=go', headers: JSON_TYPE, body: '{]' },
      [200_001, 1, 2],
    ],
    [
      'in XML: text, attributes, and what a path leads to',
      `${ON}${PROCESSORS}SecRule XML:/* "@rx evil" "id:1,phase:2,pass"
       SecRule XML://@* "@rx worse" "id:2,phase:2,pass"
       SecRule XML:/a/b "@rx evil" "id:3,phase:2,pass"
       SecRule XML:/a/c "@rx evil" "id:4,phase:2,pass"`,
      { method: 'POST', headers: typed('text/xml'), body: '<a><b x="worse">evil</b><c>good</c></a>' },
      [200_000, 1, 2, 3],
    ],
    [
      'in files and their names',
      `${ON}SecRule FILES "@rx evil" "id:1,phase:2,pass"
       SecRule FILES_NAMES "@rx ^f$" "id:2,phase:2,pass"
       SecRule MULTIPART_PART_HEADERS "@rx (?i)x-evil" "id:3,phase:2,pass"
       SecRule FILES_TMP_CONTENT "@rx inside" "id:4,phase:2,pass"`,
      {
        method: 'POST',
        headers: typed('multipart/form-data; boundary=b'),
        body: '--b\r\nContent-Disposition: form-data; name="f"; filename="evil.php"\r\nX-Evil: 1\r\n\r\ninside\r\n--b--\r\n',
      },
      [1, 2, 3, 4],
    ],
    [
      'in responses',
      `SecResponseBodyAccess On
       SecRule RESPONSE_HEADERS:/^x-/ "@rx evil" "id:1,phase:3,pass"
       SecRule RESPONSE_STATUS "@rx ^5" "id:2,phase:3,pass"
       SecRule RESPONSE_BODY "@rx stack" "id:3,phase:4,pass"
       SecRule RESPONSE_HEADERS|ARGS "@rx evil" "id:4,phase:5,pass"`,
      {
        response: {
          status: 500,
          headers: [
            ['Content-Type', 'text/html'],
            ['X-A', 'evil'],
          ],
          body: 'a stack trace',
        },
      },
      [1, 2, 3, 4],
    ],
    [
      'in phase 5, behind an interruption',
      `${ON}SecRule ARGS:a "@rx go" "id:1,phase:1,deny"
       SecRule ARGS|REQUEST_HEADERS "@rx evil" "id:2,phase:2,pass"
       SecRule ARGS|REQUEST_HEADERS "@rx evil" "id:3,phase:5,pass"
       SecRule REQUEST_COOKIES "@rx evil" "id:4,phase:5,pass"`,
      {
        uri: '/?a=go',
        headers: [
          ['Host', 'h'],
          ['Cookie', 'c=evil'],
          ['X', 'evil'],
        ],
      },
      [1, 3, 4],
    ],
    [
      'behind transformations that have no native form, and on the way through others',
      `SecRule ARGS "@rx ^[0-9a-f]{32}$" "id:1,phase:1,pass,t:md5,t:hexEncode"
       SecRule ARGS "@rx evil" "id:2,phase:1,pass,multiMatch,t:urlDecodeUni,t:base64Decode"
       SecRule ARGS "@rx evil" "id:3,phase:1,pass,t:lowercase,t:sha1"
       SecRule ARGS "@rx evil" "id:4,phase:1,pass,t:urlDecodeUni"`,
      { uri: '/?a=e%2576il' },
      [1, 2, 4],
    ],
    [
      'in empty values, and in none',
      `SecRule ARGS:a "@rx ^$" "id:1,phase:1,pass"
       SecRule ARGS:b "@rx ^$" "id:2,phase:1,pass"
       SecRule ARGS:a "@rx ^0$" "id:3,phase:1,pass,t:length"
       SecRule ARGS:a "!@rx x" "id:4,phase:1,pass"`,
      { uri: '/?a=' },
      [1, 3, 4],
    ],
    [
      'whose pattern is one that can never match where it is made smaller',
      'SecRule ARGS "@rx (?:a\\b|<)b" "id:1,phase:1,pass"',
      { uri: '/?a=%3cb' },
      [1],
    ],
  ])('%s', (_, text, message, ids) => {
    expect(idsOf(ruleSetOf(text), message)).toEqual(ids);
  });

  it('in a body that arrived though its phase never came', () => {
    const set = ruleSetOf(`${ON}SecRule ARGS "@rx evil" "id:1,phase:2,pass"
      SecRule ARGS|ARGS_GET "@rx evil" "id:2,phase:5,pass"
      SecRule ARGS_POST:b "@rx worse" "id:3,phase:5,pass"`);
    const found = (['planned', 'reference'] as const).map((evaluation) => {
      const transaction = engine.transaction(
        set,
        attributesOf({ method: 'POST', uri: '/?a=evil', headers: FORM }),
        { evaluation },
      );
      transaction.requestHeaders();
      transaction.requestBody(Buffer.from('b=worse&c='));
      return transaction.finish().matches.map(({ rule }) => rule.data.id);
    });
    expect(found[0]).toEqual(found[1]);
    expect(found[0]).toContain(2);
  });
});

describe('rules of an overlay', () => {
  const base = unitOf(`SecRule ARGS "@rx evil" "id:1,phase:2,pass"
    SecRule REQUEST_COOKIES:a "@rx ev[il]+" "id:2,phase:1,pass"
    SecRule RESPONSE_BODY "@rx leak" "id:3,phase:4,pass"`);
  const headers: HeaderList = [
    ['Host', 'h'],
    ['Cookie', 'b=evil'],
    ['X-Y', 'leak evil'],
  ];

  it('find with slots of their own beside those of the base, in front of it and behind', () => {
    const before = unitOf(
      'SecRule ARGS "@rx first" "id:11,phase:1,pass"\nSecRule ARGS "@pm none" "id:12,phase:1,pass"',
    );
    const after = unitOf(
      'SecRule ARGS "@rx last" "id:21,phase:2,pass"\nSecRule ARGS "@rx evil" "id:22,phase:2,pass"',
    );
    const set = setOf(base, { before: [before], after: [after] });
    expect(idsOf(set, { uri: '/?a=first&b=last' })).toEqual([11, 21]);
    expect(idsOf(set, { uri: '/?a=evil' })).toEqual([1, 22]);
    expect(idsOf(set, { uri: '/?a=good' })).toEqual([]);
    // The same units the other way round, where their slots stand elsewhere.
    expect(
      idsOf(setOf(base, { before: [after], after: [before] }), { uri: '/?a=first&b=last&c=evil' }),
    ).toEqual([11, 21, 22, 1]);
  });

  it.each([
    ['SecRuleUpdateTargetById 1 "REQUEST_HEADERS:x-y"', [1]],
    ['SecRuleUpdateTargetById 2 "REQUEST_COOKIES"', [2]],
    ['SecRuleUpdateTargetById 2 "REQUEST_COOKIES:/^B/"', [2]],
    ['SecRuleUpdateTargetById 3 "REQUEST_HEADERS"', []],
    ['SecRuleUpdateActionById 1 "t:lowercase"', []],
  ])('add to what those of the base read: %s', (update, ids) => {
    // Before and after, for the base is linked once for all.
    expect(idsOf(setOf(base), { headers })).toEqual([]);
    expect(idsOf(setOf(base, { after: [unitOf(update)] }), { headers })).toEqual(ids);
    expect(idsOf(setOf(base), { headers })).toEqual([]);
    expect(idsOf(setOf(base, { after: [unitOf(update)] }), { headers, response: { body: 'leak' } })).toEqual(
      update.includes(' 3 ') ? [3] : ids,
    );
  });

  it('read what phases of their own bring', () => {
    const set = setOf(base, { after: [unitOf('SecRule REQUEST_HEADERS "@rx leak" "id:31,phase:5,pass"')] });
    expect(idsOf(set, { headers })).toEqual([31]);
  });
});

describe('rules above the level of their prefilter', () => {
  const text = `SecRule ARGS "@rx evil" "id:1,phase:1,pass,tag:'paranoia-level/1'"
    SecRule REQUEST_HEADERS "@rx evil" "id:2,phase:1,pass,tag:'paranoia-level/2'"`;
  const base = engine.loadRules([{ path: 'levels.conf', text: fromText(text) }], { paranoiaMax: 1 });
  const headers: HeaderList = [
    ['Host', 'h'],
    ['X-Y', 'evil'],
  ];

  it('find what they read, though one below has the same operator', () => {
    expect(idsOf(setOf(base), { headers })).toEqual([2]);
    expect(idsOf(setOf(base), { uri: '/?a=evil' })).toEqual([1]);
  });

  it('have nothing scanned for them', () => {
    const set = setOf(base);
    const before = work.valuesScanned;
    judge(set, { headers });
    expect(work.valuesScanned - before).toBe(0);
  });
});

describe('what is remembered from request to request', () => {
  const set = setOf(
    unitOf(`SecRule REQUEST_HEADERS|REQUEST_COOKIES|ARGS|QUERY_STRING|REQUEST_URI "@rx evil" "id:1,phase:1,pass"
    SecRule REQUEST_HEADERS:Authorization|REQUEST_HEADERS:Accept "@rx wicked" "id:2,phase:1,pass"
    SecRule REQUEST_HEADERS_NAMES|ARGS_NAMES "@rx bad" "id:3,phase:1,pass"`),
  );
  const lookedUp = (message: Message): number => {
    const before = work.valuesLookedUp;
    judge(set, message);
    return work.valuesLookedUp - before;
  };
  const host = ['Host', 'h'] as const;

  it('is no value that may hold a secret', () => {
    const fewest = lookedUp({ uri: '/', headers: [host] });
    const secrets: HeaderList = [host, ['Authorization', 'Bearer abc'], ['Cookie', 'a=b'], ['X-Key', 'k']];
    // Names alone: of the headers that are more, and of the argument.
    expect(lookedUp({ uri: '/?password=abc', headers: secrets })).toBe(fewest + secrets.length - 1 + 1);
    expect(lookedUp({ uri: '/', headers: [host, ['Accept', '*/*']] })).toBe(fewest + 2);
  });

  it('is found again with what rules look for in it', () => {
    for (let round = 0; round < 3; round++) {
      expect(idsOf(set, { uri: '/?bad=a', headers: [host, ['Accept', 'wicked evil']] })).toEqual([1, 2, 3]);
      expect(idsOf(set, { uri: '/?good=a', headers: [host, ['X-Bad', 'x'], ['Accept', 'fine']] })).toEqual(
        [],
      );
    }
  });
});
