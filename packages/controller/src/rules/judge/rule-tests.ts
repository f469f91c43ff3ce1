/** Tests of a RuleSet: requests, and what rules must make of them in the place where they will stand. */
import { type Engine, fromText, type HttpRequestAttributes, type RuleSet, toBytes } from '@sluice/engine';
import type { RuleTest } from '../../kinds/objects.ts';
import { RULE_LIMITS } from '../limits.ts';
import type { Findings } from '../review/findings.ts';

/** What a browser sends: without it the CRS would find fault with each test's request. */
const DEFAULT_HEADERS: readonly (readonly [string, string])[] = [
  ['Host', 'www.example.com'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', '*/*'],
];

const FORM = 'application/x-www-form-urlencoded';

function attributesOf({ name, request }: RuleTest): HttpRequestAttributes {
  const given = Object.entries(request.headers ?? {});
  const has = (header: string): boolean => given.some(([key]) => key.toLowerCase() === header.toLowerCase());
  const { body } = request;
  const ofBody: readonly (readonly [string, string])[] =
    body === undefined
      ? []
      : [
          ['Content-Type', FORM],
          ['Content-Length', String(Buffer.byteLength(body))],
        ];
  const added = [...DEFAULT_HEADERS, ...ofBody].filter(([header]) => !has(header));
  return {
    id: `test ${fromText(name)}`,
    method: fromText(request.method ?? (body === undefined ? 'GET' : 'POST')),
    uri: fromText(request.uri),
    protocol: 'HTTP/1.1',
    headers: [...added, ...given].map(([key, value]) => [fromText(key), fromText(value)] as const),
    client: { address: '192.0.2.1', port: 40_000 },
    server: { address: '192.0.2.2', port: 80 },
  };
}

/** Ids of the rules that matched, and what came of it. */
function run(engine: Engine, ruleSet: RuleSet, test: RuleTest) {
  const transaction = engine.transaction(ruleSet, attributesOf(test));
  transaction.requestHeaders();
  const { body } = test.request;
  if (body !== undefined) transaction.requestBody(toBytes(fromText(body)));
  transaction.requestEnd(false);
  const { verdict, matches, told } = transaction.finish();
  const idsOf = (list: typeof matches): ReadonlySet<number> => new Set(list.map(({ rule }) => rule.data.id));
  return { verdict, matched: idsOf(matches), told: idsOf(told) };
}

/** The test's faults, in words. */
function faultsOf(engine: Engine, ruleSet: RuleSet, test: RuleTest): readonly string[] {
  const { verdict, matched, told } = run(engine, ruleSet, test);
  const { expect } = test;
  // Set-up rules match each request, and log nothing.
  const list = [...told].join(', ') || 'none';
  const missing = (expect.matched ?? []).filter((id) => !matched.has(id));
  const surplus = (expect.notMatched ?? []).filter((id) => matched.has(id));
  const denied = verdict.kind !== 'allow';
  const how =
    verdict.kind === 'deny'
      ? `denied by rule ${verdict.ruleId}`
      : verdict.kind === 'uninspectable'
        ? `refused as uninspectable (${verdict.cause})`
        : 'let through';
  return [
    ...(missing.length === 0
      ? []
      : [`expected rules ${missing.join(', ')} to match; those that did: ${list}`]),
    ...(surplus.length === 0 ? [] : [`expected rules ${surplus.join(', ')} not to match, and they did`]),
    ...(expect.denied === undefined || expect.denied === denied
      ? []
      : [`expected it to be ${expect.denied ? 'denied' : 'let through'}; it was ${how}`]),
  ];
}

const bytesOf = ({ request: { uri, headers = {}, body = '' } }: RuleTest): number =>
  Buffer.byteLength(uri + Object.entries(headers).flat().join('') + body);

/** Runs a candidate's tests, as in mode Block, and tells which fail. */
export function runTests(engine: Engine, ruleSet: RuleSet, findings: Findings): void {
  const { key, spec } = findings.candidate;
  const { testMillisMax, testBytesMax } = RULE_LIMITS;
  const deadline = performance.now() + testMillisMax;
  for (const [index, test] of (spec.tests ?? []).entries()) {
    const field = `spec.tests[${index}]`;
    if (bytesOf(test) > testBytesMax) {
      const what = `test ${test.name} has a request of more than ${testBytesMax} bytes`;
      findings.refuseField(field, { reason: 'TooLarge', what, remedy: 'Make the request smaller.' });
      continue;
    }
    const faults = faultsOf(engine, ruleSet, test);
    for (const fault of faults) {
      const remedy = `sluice rules test shows what each rule of ${key} finds.`;
      findings.refuseField(field, { reason: 'TestsFailed', what: `test ${test.name}: ${fault}`, remedy });
    }
    if (performance.now() <= deadline) continue;
    const what = `the tests take longer than ${testMillisMax} ms`;
    findings.refuseField('spec.tests', { reason: 'TooLarge', what, remedy: 'Make fewer or smaller tests.' });
    return;
  }
}
