/** A secret that is planted anywhere in a message is in no byte of its event: not whole, not in parts, in no escapes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildEvent,
  buildRefusalEvent,
  Engine,
  fromText,
  type HttpRequestAttributes,
  overlayFor,
  type RuleSet,
} from '../../packages/engine/src/index.ts';
import { jsonWrite, password, privateKey, token, urlWrite } from './kinds.ts';
import { leaksOf } from './leaks.ts';
import { NAMED_PLACES, PLAIN_PLACES, type Planted } from './places.ts';
import { PRYING } from './prying.ts';

const RUN_MILLIS = 240_000;

const engine = new Engine({ cacheDirectory: null });
const prying = engine.ruleSet(
  engine.loadRules([{ path: 'prying.conf', text: fromText(PRYING) }]),
  overlayFor({ name: 'prying', mode: 'Detect', responseBody: { inspect: true } }),
);

const attributesOf = ({ method = 'GET', uri = '/', headers = [] }: Planted): HttpRequestAttributes => ({
  id: 'r-1',
  method,
  uri,
  protocol: 'HTTP/1.1',
  headers: [['Host', 'shop.example'], ...headers],
  client: { address: '203.0.113.7', port: 40_000 },
  server: { address: '10.0.0.2', port: 80 },
});

function eventText(ruleSet: RuleSet, planted: Planted): string {
  const transaction = engine.transaction(ruleSet, attributesOf(planted));
  transaction.requestHeaders();
  if (planted.body !== undefined) transaction.requestBody(Buffer.from(planted.body, 'latin1'));
  transaction.requestEnd();
  if (planted.response !== undefined) {
    const { headers = [], body } = planted.response;
    transaction.responseHeaders({ status: 200, protocol: 'HTTP/1.1', headers });
    if (body !== undefined) transaction.responseBody(Buffer.from(body, 'latin1'));
    transaction.responseEnd();
  }
  return JSON.stringify(buildEvent(transaction.finish()));
}

const refusalText = (planted: Planted): string =>
  JSON.stringify(
    buildRefusalEvent({
      attributes: attributesOf(planted),
      policy: 'shop',
      mode: 'Block',
      cause: 'deadline',
      detail: '',
      isDenied: true,
      status: 403,
      startedAtMillis: 0,
      durationMicros: 0,
    }),
  );

describe.each(Object.entries(NAMED_PLACES))('a secret in %s', (_, plant) => {
  it(
    'is not in the event',
    () => {
      fc.assert(
        fc.property(password, urlWrite, jsonWrite, (secret, url, json) => {
          const planted = plant(secret, url, json);
          expect(leaksOf(eventText(prying, planted), secret)).toEqual([]);
          expect(leaksOf(refusalText(planted), secret)).toEqual([]);
        }),
        { numRuns: 25 },
      );
    },
    RUN_MILLIS,
  );
});

describe.each(Object.entries(PLAIN_PLACES))('a token or a key in %s', (name, plant) => {
  it(
    'is not in the event',
    () => {
      const inHeader = name === 'User-Agent' || name === 'some header';
      fc.assert(
        fc.property(
          inHeader ? token : fc.oneof(token, privateKey),
          urlWrite,
          jsonWrite,
          (secret, url, json) => {
            const planted = plant(secret, url, json);
            const bare = secret.replace(/^(?:Bearer|Basic) |-{5}[^-]+-{5}/g, '').trim();
            expect(leaksOf(eventText(prying, planted), bare)).toEqual([]);
            expect(leaksOf(refusalText(planted), bare)).toEqual([]);
          },
        ),
        { numRuns: 25 },
      );
    },
    RUN_MILLIS,
  );
});
