/**
 * What rules must do before they judge anybody: let an ordinary request pass, and find an attack. A base that lost its files, or a set-up that
 * switched everything off, would otherwise go into force without a word.
 */
import {
  type Engine,
  type HttpRequestAttributes,
  overlayFor,
  type RuleSet,
  type RuleUnit,
} from '@sluice/engine';
import { ServerError } from '../errors.ts';
import { linkPolicy, type RuleSetGeneration } from '../rule-sets.ts';

const headers: HttpRequestAttributes['headers'] = [
  ['Host', 'www.example.com'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.5'],
];

const request = (uri: string): HttpRequestAttributes => ({
  id: 'self-test',
  method: 'GET',
  uri,
  protocol: 'HTTP/1.1',
  headers,
  client: { address: '192.0.2.1', port: 40_000 },
  server: { address: '192.0.2.2', port: 80 },
});

/** Nothing in it is out of the ordinary at any paranoia level. */
const BENIGN = request('/');
/** SQL injection that every level of the CRS finds by several rules. */
const ATTACK = request('/?id=1%27%20UNION%20SELECT%20password%20FROM%20users--%20-');

type Outcome = 'allow' | 'deny' | 'uninspectable';

function judge(engine: Engine, ruleSet: RuleSet, attributes: HttpRequestAttributes): Outcome {
  const transaction = engine.transaction(ruleSet, attributes);
  transaction.requestHeaders();
  transaction.requestEnd(false);
  return transaction.finish().verdict.kind;
}

const fail = (what: string): never => {
  throw new ServerError('SELF_TEST_FAILED', { what });
};

/**
 * Links every policy, too: what does not link is an error of the engine's.
 *
 * @param crs whether the base is to find attacks
 * @throws ServerError SELF_TEST_FAILED; EngineError with a place
 */
export function selfTest(engine: Engine, generation: RuleSetGeneration, crs: boolean): void {
  const tested = new Set<number>();
  for (const [name, { base, settings }] of generation.policies) {
    const unit = generation.units[base];
    if (crs && unit !== undefined && !tested.has(base)) {
      tested.add(base);
      testBase(engine, unit, settings.paranoia ?? 1);
    }
    const { ruleSet } = linkPolicy(engine, generation, name);
    // A policy's own rules may deny what they like, if they decide at all.
    for (const attributes of [BENIGN, ATTACK]) {
      if (judge(engine, ruleSet, attributes) === 'uninspectable') {
        fail(`policy ${name} cannot inspect ${attributes.uri}`);
      }
    }
  }
}

function testBase(engine: Engine, unit: RuleUnit, paranoia: number): void {
  const settings = {
    name: 'self-test',
    mode: 'Block',
    paranoia,
    inboundThreshold: 5,
    outboundThreshold: 4,
  } as const;
  const ruleSet = engine.ruleSet(unit, overlayFor(settings));
  const benign = judge(engine, ruleSet, BENIGN);
  if (benign !== 'allow')
    fail(`an ordinary request is not let through (${benign}), at paranoia level ${paranoia}`);
  const attack = judge(engine, ruleSet, ATTACK);
  if (attack !== 'deny') fail(`SQL injection is not denied (${attack}), at paranoia level ${paranoia}`);
}
