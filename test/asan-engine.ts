/** The engine with the whole CRS at paranoia level 4, from the cache where it is there. */
import { join, resolve } from 'node:path';
import { respond } from '../packages/cli/src/rules-test/backend.ts';
import { crsSources } from '../packages/cli/src/rules-test/rule-sources.ts';
import type { ParsedRequest } from '../packages/cli/src/rules-test/stage-engine.ts';
import { cacheDirectory, crsDirectory } from '../packages/cli/src/setup/paths.ts';
import { Engine, type Evaluation, overlayFor, type RuleSet } from '../packages/engine/src/index.ts';

const LOCAL = { address: '127.0.0.1', port: 80 };
const PARANOIA = 4;

export interface WholeCrs {
  readonly engine: Engine;
  readonly ruleSet: RuleSet;
}

export function openWholeCrs(): WholeCrs {
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const sources = crsSources(crsDirectory(), PARANOIA);
  const base = engine.loadRules(
    sources.map(({ name, text, directory }) => ({ path: resolve(directory, name), text })),
  );
  return { engine, ruleSet: engine.ruleSet(base, overlayFor({ name: 'sanitized', mode: 'Detect' })) };
}

/** A request and what the suite's backend answers to it; a body comes in pieces of odd sizes. */
export function inspectWhole(
  { engine, ruleSet }: WholeCrs,
  request: ParsedRequest,
  evaluation: Evaluation,
): void {
  const { method, uri, protocol, headers, body } = request;
  const transaction = engine.transaction(
    ruleSet,
    { id: 'sanitized', method, uri, protocol, headers, client: LOCAL, server: LOCAL },
    { evaluation },
  );
  transaction.requestHeaders();
  const half = body.length >> 1;
  transaction.requestBody(body.subarray(0, half));
  transaction.requestBody(body.subarray(half));
  transaction.requestEnd();
  const response = respond(request);
  transaction.responseHeaders({ status: response.status, protocol, headers: response.headers });
  transaction.responseBody(response.body);
  transaction.responseEnd();
  transaction.finish();
}
