/** A secret that is planted anywhere in a request is in no byte of what the server says: events, log lines, metrics, audit logs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../packages/engine/src/index.ts';
import { createCheckHandler } from '../../packages/server/src/check.ts';
import { parseConfig } from '../../packages/server/src/config.ts';
import { createEngineInspector } from '../../packages/server/src/engine-inspector.ts';
import type { Inspector } from '../../packages/server/src/inspector.ts';
import { createLog } from '../../packages/server/src/log.ts';
import { Metrics } from '../../packages/server/src/metrics.ts';
import { PoliciesInForce } from '../../packages/server/src/policies/in-force.ts';
import { checkMessage } from '../../packages/server/test/support/protos.ts';
import {
  corazaJson,
  type Document,
  modsecurityJson,
  modsecurityNative,
} from '../../packages/spool/src/index.ts';
import { jsonWrite, password, token, urlWrite } from './kinds.ts';
import { leaksOf } from './leaks.ts';
import { NAMED_PLACES, PLAIN_PLACES, type Planted } from './places.ts';
import { PRYING } from './prying.ts';

const RUN_MILLIS = 240_000;

const config = parseConfig('policies: {default: {mode: Detect}, block: {mode: Block}}', 'sluice.yaml');

let directory: string;
let inspector: Inspector;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
  const file = join(directory, 'prying.conf');
  writeFileSync(file, PRYING);
  const engine = new Engine({ cacheDirectory: null });
  const { policies } = config;
  inspector = createEngineInspector({ engine, baseFiles: [file], policies }).inspector;
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Fails as an inspector that quotes what it was given. */
const failing: Inspector = {
  inspect({ attributes, body }) {
    throw new TypeError(
      `cannot read ${attributes.uri} ${JSON.stringify(attributes.headers)} ${Buffer.from(body)}`,
    );
  },
};

/** All that the server says of a request, to whomever. */
async function saidOf(planted: Planted, inspectedBy: Inspector, policy: string): Promise<string> {
  const lines: string[] = [];
  const events: unknown[] = [];
  const metrics = new Metrics(() => 0);
  const handler = createCheckHandler({
    policies: new PoliciesInForce(config),
    limits: config.limits,
    inspector: inspectedBy,
    metrics,
    log: createLog('trace', { write: (line: string) => void lines.push(line) }),
    events: { accept: (event) => void events.push(event) },
  });
  const { method = 'GET', uri = '/', headers = [], body = '' } = planted;
  const message = checkMessage({
    method,
    path: uri,
    lines: [
      ['host', 'shop.example'],
      ...headers.map(([name, value]) => [name.toLowerCase(), value] as const),
    ],
    body: Buffer.from(body, 'latin1'),
    extensions: { 'sluice.policy': policy },
  });
  const reply = await handler(message, { path: '', deadline: null });
  expect(events).toHaveLength(1);
  // Through JSON, as the spool and stores have them.
  const documents: readonly Document[] = JSON.parse(JSON.stringify(events));
  const audits = documents.flatMap((event) => [
    modsecurityJson(event),
    corazaJson(event),
    modsecurityNative(event),
  ]);
  const counted = await metrics.registry.metrics();
  return [
    JSON.stringify(events),
    ...lines,
    counted,
    JSON.stringify(audits),
    Buffer.from(reply).toString('latin1'),
  ].join('\n');
}

/** The checks of ext_authz have no responses. */
const inRequests = Object.entries(NAMED_PLACES).filter(
  ([, plant]) =>
    plant(
      'x',
      (text) => text,
      (text) => text,
    ).response === undefined,
);

describe.each(inRequests)('a secret in %s', (_, plant) => {
  it.each(['default', 'block'])(
    'is in nothing that the server says, policy %s',
    async (policy) => {
      await fc.assert(
        fc.asyncProperty(password, urlWrite, jsonWrite, async (secret, url, json) => {
          const planted = plant(secret, url, json);
          expect(leaksOf(await saidOf(planted, inspector, policy), secret)).toEqual([]);
          expect(leaksOf(await saidOf(planted, failing, policy), secret)).toEqual([]);
        }),
        { numRuns: 4 },
      );
    },
    RUN_MILLIS,
  );
});

describe('a token in a query', () => {
  it(
    'is in nothing that the server says',
    async () => {
      const plant = PLAIN_PLACES['the query'];
      if (plant === undefined) throw new RangeError('no such place');
      await fc.assert(
        fc.asyncProperty(token, urlWrite, jsonWrite, async (secret, url, json) => {
          const bare = secret.replace(/^(?:Bearer|Basic) /, '');
          expect(leaksOf(await saidOf(plant(secret, url, json), inspector, 'block'), bare)).toEqual([]);
        }),
        { numRuns: 10 },
      );
    },
    RUN_MILLIS,
  );
});
