/** The engine under the whole CRS at paranoia level 4, on requests mutated from the CRS's own tests. */
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseRequest } from '../packages/cli/src/rules-test/http-parser.ts';
import { loadStages } from '../packages/cli/src/rules-test/load.ts';
import { buildRequest } from '../packages/cli/src/rules-test/request.ts';
import { crsSources } from '../packages/cli/src/rules-test/rule-sources.ts';
import { cacheDirectory, crsDirectory } from '../packages/cli/src/setup/paths.ts';
import {
  buildEvent,
  Engine,
  type Evaluation,
  type HeaderList,
  overlayFor,
  type RuleSet,
  type RuleUnit,
} from '../packages/engine/src/index.ts';
import { DEFAULT_LIMITS } from '../packages/engine/src/limits.ts';
import { createEnvironment } from '../packages/engine/src/link/environment.ts';
import { findOperator } from '../packages/engine/src/operators/registry.ts';
import { scannableOperators } from '../packages/engine/src/prefilter/prefilter.ts';

/** Compiling all patterns takes half a minute on two idle cores, and machines are shared. */
const COMPILE_MILLIS = 600_000;
const RUN_MILLIS = 300_000;

interface Request {
  readonly method: string;
  readonly uri: string;
  readonly headers: HeaderList;
  readonly body: string;
}

const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
const LOCAL = { address: '127.0.0.1', port: 80 };
let base: RuleUnit;
let requests: readonly Request[];

beforeAll(() => {
  const directory = crsDirectory();
  const sources = crsSources(directory, 4);
  base = engine.loadRules(
    sources.map(({ name, text, directory: of }) => ({ path: resolve(of, name), text })),
  );
  requests = loadStages([join(directory, 'tests')]).flatMap(({ input }) => {
    const parsed = parseRequest(buildRequest(input));
    if (parsed.kind === 'refused') return [];
    const { method, uri, headers, body } = parsed.request;
    return [{ method, uri, headers, body: Buffer.from(body).toString('latin1') }];
  });
  // Without requests every property would hold.
  expect(requests.length).toBeGreaterThan(4_500);
}, COMPILE_MILLIS);

/** The whole course of a request as plain data. */
function courseOf(
  ruleSet: RuleSet,
  request: Request,
  options: { readonly evaluation?: Evaluation; readonly chunkBytes?: number } = {},
) {
  const trace: string[] = [];
  const { evaluation = 'planned', chunkBytes = Number.POSITIVE_INFINITY } = options;
  const transaction = engine.transaction(
    ruleSet,
    { id: 'r', protocol: 'HTTP/1.1', client: LOCAL, server: LOCAL, ...request },
    { evaluation, trace: (line) => trace.push(line) },
  );
  transaction.requestHeaders();
  const body = Buffer.from(request.body, 'latin1');
  for (let at = 0; at < body.length; at += chunkBytes) {
    transaction.requestBody(body.subarray(at, Math.min(at + chunkBytes, body.length)));
  }
  transaction.requestEnd();
  const result = transaction.finish();
  return {
    result,
    course: {
      trace,
      verdict: result.verdict,
      tx: result.state.tx.list(),
      texts: result.matches.map(({ rule, message, data }) => [rule.data.id, message, data]),
      failures: result.failures.map(({ ruleId }) => ruleId),
    },
  };
}

const pick = (index: number): Request =>
  requests[index % requests.length] ?? { method: 'GET', uri: '/', headers: [], body: '' };
const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const noise = fc.string({ unit: byte, maxLength: 6 });

/** A test's request with pieces of others in every place, and bytes flipped, cut and doubled. */
const mutated = fc
  .record({
    first: fc.nat(100_000),
    second: fc.nat(100_000),
    third: fc.nat(100_000),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    inserted: noise,
    kind: fc.constantFrom(
      'same',
      'query',
      'header',
      'cookie',
      'json',
      'multipart',
      'xml',
      'splice',
      'doubled',
      'form',
    ),
  })
  .map((choice): Request => {
    const one = pick(choice.first);
    const other = pick(choice.second);
    const payload = payloadOf(pick(choice.third));
    const spliced = splice(payload, choice.at, choice.inserted);
    const typed = (type: string, body: string): Request => ({
      ...one,
      method: 'POST',
      headers: withType(one.headers, type),
      body,
    });
    switch (choice.kind) {
      case 'query':
        return {
          ...one,
          uri: `${one.uri.split('?')[0]}?a=${encode(spliced)}&${other.uri.split('?')[1] ?? ''}`,
        };
      case 'header':
        return { ...one, headers: [...one.headers, ['X-Test', spliced], ['Referer', payload]] };
      case 'cookie':
        return { ...one, headers: [...one.headers, ['Cookie', `a=${spliced}; ${payload}`]] };
      case 'json':
        return typed('application/json', JSON.stringify({ a: [spliced, { b: payload }], c: 1 }));
      case 'form':
        return typed('application/x-www-form-urlencoded', `a=${encode(spliced)}&b=${payload}`);
      case 'multipart':
        return typed(
          'multipart/form-data; boundary=b',
          `--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${spliced}\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="${payload}"\r\n\r\nx\r\n--b--\r\n`,
        );
      case 'xml':
        return typed('text/xml', `<a b="${spliced}">${payload}</a>`);
      case 'splice':
        return {
          ...one,
          uri: splice(one.uri, choice.at, choice.inserted),
          body: splice(one.body, choice.at, choice.inserted),
        };
      case 'doubled':
        return { ...one, headers: [...one.headers, ...other.headers], body: one.body + other.body };
      default:
        return one;
    }
  });

const payloadOf = ({ uri, headers, body }: Request): string =>
  body !== ''
    ? body
    : decodeURIComponentBytes(uri.split('?')[1]?.replace(/^[^=]*=/, '') ?? headers.at(-1)?.[1] ?? '');
const splice = (text: string, at: number, inserted: string): string => {
  const place = Math.floor(at * text.length);
  return text.slice(0, place) + inserted + text.slice(place + (inserted.length >> 1));
};
const encode = (text: string): string =>
  text.replace(/[^A-Za-z0-9]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
const decodeURIComponentBytes = (text: string): string =>
  text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
const withType = (headers: HeaderList, type: string): HeaderList => [
  ...headers.filter(([name]) => name.toLowerCase() !== 'content-type'),
  ['Content-Type', type],
];

describe('planned and reference evaluation of the CRS', () => {
  it(
    'agree on every mutated request in trace, verdict, texts and TX',
    () => {
      const ruleSet = engine.ruleSet(base, overlayFor({ name: 'all', mode: 'Detect' }));
      fc.assert(
        fc.property(mutated, (request) => {
          const planned = courseOf(ruleSet, request).course;
          expect(planned).toEqual(courseOf(ruleSet, request, { evaluation: 'reference' }).course);
          expect(planned.failures).toEqual([]);
        }),
        { numRuns: 1_000 },
      );
    },
    RUN_MILLIS,
  );

  it(
    'agree in Block, at each level, where an interruption ends the request',
    () => {
      const sets = ([1, 2, 3, 4] as const).map((paranoia) =>
        engine.ruleSet(
          base,
          overlayFor({ name: `level ${paranoia}`, mode: 'Block', paranoia, inboundThreshold: 5 }),
        ),
      );
      fc.assert(
        fc.property(mutated, fc.constantFrom(...sets), (request, ruleSet) => {
          expect(courseOf(ruleSet, request).course).toEqual(
            courseOf(ruleSet, request, { evaluation: 'reference' }).course,
          );
        }),
        { numRuns: 300 },
      );
    },
    RUN_MILLIS,
  );

  it(
    'give every request of the suite the same course when its body comes byte by byte',
    () => {
      const ruleSet = engine.ruleSet(base, overlayFor({ name: 'all', mode: 'Detect' }));
      const withBody = requests.filter(({ body }) => body !== '');
      expect(withBody.length).toBeGreaterThan(1_000);
      for (const request of withBody) {
        const { course } = courseOf(ruleSet, request, { chunkBytes: 1 });
        expect(course).toEqual(courseOf(ruleSet, request).course);
      }
    },
    RUN_MILLIS,
  );

  it(
    'do not see how a body was cut into chunks',
    () => {
      const ruleSet = engine.ruleSet(base, overlayFor({ name: 'all', mode: 'Detect' }));
      fc.assert(
        fc.property(mutated, fc.integer({ min: 1, max: 40 }), (request, chunkBytes) => {
          expect(courseOf(ruleSet, request, { chunkBytes }).course).toEqual(
            courseOf(ruleSet, request).course,
          );
        }),
        { numRuns: 300 },
      );
    },
    RUN_MILLIS,
  );

  it(
    'never throw on arbitrary bytes, nor do events',
    () => {
      const ruleSet = engine.ruleSet(base, overlayFor({ name: 'all', mode: 'Block' }));
      const text = fc.string({ unit: byte, maxLength: 80 });
      const any = fc.record({
        method: text,
        uri: text,
        headers: fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('content-type', 'cookie', 'host')), text), {
          maxLength: 4,
        }),
        body: text,
      });
      fc.assert(
        fc.property(any, (request) => {
          const { result } = courseOf(ruleSet, request);
          expect(result.failures).toEqual([]);
          expect(JSON.parse(JSON.stringify(buildEvent(result)))).toBeTypeOf('object');
        }),
        { numRuns: 300 },
      );
    },
    RUN_MILLIS,
  );
});

describe('the prefilter of the CRS', () => {
  it(
    'reports whatever an operator of the CRS matches',
    () => {
      const environment = createEnvironment(DEFAULT_LIMITS);
      const operators = [...scannableOperators(base.program, 4)].flatMap(
        ([key, { name, text, lines, hasMacros }]) => {
          const slot = base.prefilter.slots.get(key);
          const instance = findOperator(name)?.create({ text, lines, hasMacros }, environment);
          return slot === undefined || instance === undefined ? [] : [{ key, slot, text, instance }];
        },
      );
      expect(operators.length).toBeGreaterThan(250);
      fc.assert(
        fc.property(fc.array(mutated, { minLength: 1, maxLength: 3 }), (list) => {
          const values = list.flatMap((request) => [
            request.uri,
            request.body,
            payloadOf(request),
            payloadOf(request).toLowerCase(),
            '',
          ]);
          const reported = new Set<string>();
          base.prefilter.scan(values, (value, slot) => reported.add(`${value} ${slot}`));
          for (const { key, slot, text, instance } of operators) {
            for (const [index, value] of values.entries()) {
              if (reported.has(`${index} ${slot}`) || instance.match(value, text) === null) continue;
              expect.fail(`${key} is missed in ${JSON.stringify(value)}`);
            }
          }
        }),
        { numRuns: 300 },
      );
    },
    RUN_MILLIS,
  );
});
