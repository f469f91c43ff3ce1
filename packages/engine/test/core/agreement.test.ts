/** Planned and reference evaluation agree on small random rule sets, whatever the request; nothing throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildEvent } from '../../src/event/event.ts';
import { judge, judgeShaped, type Message, PROCESSORS, ruleSetOf } from './support.ts';

const WORDS = [
  'evil',
  'Evil',
  'union select',
  'a',
  '',
  'x=1',
  '../',
  '<script>',
  '%41',
  "' or 1",
  '\xff\x00',
  '12',
  '-3',
];
const pick = <T>(...items: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...items);

const targets = fc
  .uniqueArray(
    pick(
      'ARGS',
      'ARGS_NAMES',
      'ARGS_GET',
      'ARGS_POST:a',
      'ARGS:/b/',
      '&ARGS',
      '&ARGS:a',
      'REQUEST_HEADERS',
      'REQUEST_HEADERS:X',
      'REQUEST_COOKIES',
      'REQUEST_URI',
      'QUERY_STRING',
      'REQUEST_BODY',
      'REQUEST_METHOD',
      'TX:x',
      'TX:/x/',
      'TX:1',
      'MATCHED_VARS',
      'MATCHED_VAR',
      'XML:/*',
      'FILES',
      'REQBODY_PROCESSOR',
      'REQBODY_ERROR',
      'ARGS|!ARGS:a',
      'HIGHEST_SEVERITY',
      'RULE:id',
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((names) => names.join('|'));

const operator = fc.oneof(
  fc
    .tuple(
      pick('', '!'),
      pick(
        '@rx evil',
        '@rx (?i)(e)(vil)?',
        '@rx ^$',
        '@rx .',
        '@rx ^a',
        '@rx \\d+$',
        '@rx (?:u|x)n?',
        '@rx [^a-z]',
      ),
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(
      pick('', '!'),
      pick(
        '@pm evil union ../',
        '@contains i',
        '@streq a',
        '@beginsWith e',
        '@within evil a %{tx.x}',
        '@eq 1',
        '@gt 0',
        '@lt %{tx.x}',
        '@rx ^%{tx.1}',
        '@validateByteRange 32-126',
        '@unconditionalMatch',
      ),
    )
    .map((parts) => parts.join('')),
);

const transformations = fc
  .array(
    pick('t:none', 't:lowercase', 't:urlDecodeUni', 't:removeNulls', 't:length', 't:trim', 't:hexEncode'),
    { maxLength: 3 },
  )
  .map((names) => names.join(','));

const effects = fc
  .array(
    pick(
      'capture',
      'multiMatch',
      'setvar:tx.x=+1',
      "setvar:'tx.x_%{MATCHED_VAR_NAME}=%{MATCHED_VAR}'",
      'setvar:tx.x=%{tx.0}',
      'setvar:!tx.x',
      'ctl:ruleRemoveById=1-3',
      'ctl:ruleRemoveById=4',
      'ctl:ruleRemoveTargetById=1-9;ARGS:a',
      'ctl:ruleRemoveTargetByTag=t;ARGS',
      'ctl:ruleEngine=DetectionOnly',
      'ctl:ruleEngine=On',
      'ctl:forceRequestBodyVariable=On',
      "logdata:'%{tx.0}'",
      'severity:2',
      'tag:t',
    ),
    { maxLength: 4 },
  )
  .map((names) => names.join(','));

const disruption = pick(
  'pass',
  'pass',
  'pass',
  'deny',
  'block',
  'allow:phase',
  'allow:request',
  'skip:1',
  'pass,skipAfter:END',
);
const link = fc.tuple(targets, operator, transformations, effects);
const phase = pick(1, 2, 2, 5);
const commas = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(',');

const rules = fc
  .array(fc.tuple(phase, disruption, fc.array(link, { minLength: 1, maxLength: 3 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((list) => {
    const text = list.map(([inPhase, action, links], index) =>
      links
        .map(([of, op, pipeline, more], at) => {
          const head = at === 0 ? `id:${index + 1},phase:${inPhase},${action}` : '';
          return `SecRule ${of} "${op}" "${commas(head, pipeline, more, at < links.length - 1 ? 'chain' : '')}"`.replace(
            ' ""',
            '',
          );
        })
        .join('\n'),
    );
    return `${PROCESSORS}SecDefaultAction "phase:2,deny,status:409"\n${text.join('\n')}\nSecMarker END\n`;
  });

const piece = fc.oneof(
  pick(...WORDS),
  fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    maxLength: 12,
  }),
);
const query = fc
  .array(fc.tuple(pick('a', 'b', 'ab', 'A', ''), piece), { maxLength: 4 })
  .map((pairs) =>
    pairs.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%20', '+')}`).join('&'),
  );
const jsonBody = fc.json().map((text) => Buffer.from(text).toString('latin1'));
const request: fc.Arbitrary<Message> = fc.record({
  method: pick('GET', 'POST', 'evil'),
  uri: fc.oneof(
    query.map((text) => `/shop?${text}`),
    piece,
  ),
  headers: fc
    .tuple(
      pick(
        'application/x-www-form-urlencoded',
        'application/json',
        'text/xml',
        'text/plain',
        'multipart/form-data; boundary=b',
        'evil',
      ),
      piece,
      piece,
    )
    .map(
      ([type, x, cookie]) =>
        [
          ['Host', 'h'],
          ['Content-Type', type],
          ['X', x],
          ['Cookie', `a=${cookie}`],
        ] as const,
    ),
  body: fc.oneof(
    query,
    jsonBody,
    piece,
    piece.map(
      (text) =>
        `--b\r\nContent-Disposition: form-data; name="a"; filename="${text}"\r\n\r\n${text}\r\n--b--\r\n`,
    ),
    piece.map((text) => `<a b="${text}">${text}</a>`),
  ),
  truncated: pick(false, false, false, true),
});

const courseOf = (outcome: ReturnType<typeof judge>) => ({
  trace: outcome.trace,
  verdict: outcome.verdict,
  ids: outcome.ids,
  tx: outcome.tx,
  texts: outcome.result.matches.map(({ message, data }) => [message, data]),
  failures: outcome.result.failures.map(({ ruleId }) => ruleId),
});

describe('planned and reference evaluation', () => {
  it('give the same course, whatever the rules and the request', () => {
    fc.assert(
      fc.property(rules, fc.array(request, { minLength: 1, maxLength: 4 }), (text, requests) => {
        const ruleSet = ruleSetOf(text);
        for (const message of requests) {
          const reference = courseOf(judge(ruleSet, message, 'reference'));
          expect(courseOf(judge(ruleSet, message))).toEqual(reference);
          expect(courseOf(judgeShaped(ruleSet, message))).toEqual(reference);
        }
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  it('do not see how a body was cut into chunks', () => {
    fc.assert(
      fc.property(
        rules,
        request,
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 }),
        (text, message, sizes) => {
          const ruleSet = ruleSetOf(text);
          const chunks: string[] = [];
          let rest = typeof message.body === 'string' ? message.body : '';
          for (const size of sizes) {
            chunks.push(rest.slice(0, size));
            rest = rest.slice(size);
          }
          const cut = judge(ruleSet, { ...message, body: [...chunks, rest] });
          expect(courseOf(cut)).toEqual(courseOf(judge(ruleSet, message)));
        },
      ),
      { numRuns: 200 },
    );
  }, 120_000);

  it('never throw, nor do events, whatever bytes arrive', () => {
    const ruleSet = ruleSetOf(`${PROCESSORS}
      SecRule ARGS|ARGS_NAMES|REQUEST_HEADERS|REQUEST_COOKIES|REQUEST_URI|REQUEST_LINE|REQUEST_BASENAME|SERVER_NAME|XML:/*|FILES|RESPONSE_HEADERS "@rx (.*)" "id:1,phase:2,pass,capture,t:urlDecodeUni,t:htmlEntityDecode,t:jsDecode,t:cssDecode,t:cmdLine,logdata:'%{tx.1}'"
      SecRule ARGS|REQUEST_URI "@detectSQLi" "id:2,phase:2,pass,msg:'%{MATCHED_VAR}'"
      SecRule ARGS|REQUEST_URI "@detectXSS" "id:3,phase:2,pass"`);
    const bytes = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
      maxLength: 60,
    });
    const any: fc.Arbitrary<Message> = fc.record({
      method: bytes,
      uri: bytes,
      protocol: bytes,
      id: bytes,
      client: bytes,
      headers: fc.array(
        fc.tuple(
          fc.oneof(bytes, pick('content-type', 'cookie', 'host')),
          fc.oneof(bytes, pick('application/json', 'text/xml', 'multipart/form-data; boundary=b')),
        ),
        { maxLength: 5 },
      ),
      body: fc.array(bytes, { maxLength: 4 }),
      truncated: fc.boolean(),
      response: fc.record({
        status: fc.integer(),
        headers: fc.array(fc.tuple(bytes, bytes), { maxLength: 3 }),
        body: bytes,
      }),
    });
    fc.assert(
      fc.property(any, (message) => {
        const { result } = judge(ruleSet, message);
        expect(result.failures).toEqual([]);
        expect(JSON.stringify(buildEvent(result))).toBeTypeOf('string');
      }),
      { numRuns: 500 },
    );
  }, 120_000);
});
