/** Requests of the CRS's own tests, judged by the engine, for tests of what events say of them. */
import { join, resolve } from 'node:path';
import { parseRequest } from '../packages/cli/src/rules-test/http-parser.ts';
import { loadStages } from '../packages/cli/src/rules-test/load.ts';
import { buildRequest } from '../packages/cli/src/rules-test/request.ts';
import { crsSources } from '../packages/cli/src/rules-test/rule-sources.ts';
import { cacheDirectory, crsDirectory } from '../packages/cli/src/setup/paths.ts';
import {
  Engine,
  type HttpRequestAttributes,
  type HttpResponseAttributes,
  type RuleSet,
  type RuleUnit,
  type TransactionResult,
} from '../packages/engine/src/index.ts';

export interface CrsRequest {
  readonly attributes: HttpRequestAttributes;
  readonly body: Buffer;
}

export interface JudgedResponse {
  readonly attributes: HttpResponseAttributes;
  readonly body: string;
}

export const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });

const CLIENT = { address: '203.0.113.7', port: 40_000 };
const SERVER = { address: '10.0.0.2', port: 8_080 };

/** The rules of CRS 4, at all levels. */
export const crsUnit = (): RuleUnit =>
  engine.loadRules(
    crsSources(crsDirectory(), 4).map(({ name, text, directory }) => ({
      path: resolve(directory, name),
      text,
    })),
  );

/** One of `oneIn` of the suite's requests, those that are no HTTP left out. */
export function crsRequests(oneIn: number): readonly CrsRequest[] {
  const all = loadStages([join(crsDirectory(), 'tests')]).flatMap(({ input }): CrsRequest[] => {
    const parsed = parseRequest(buildRequest(input));
    if (parsed.kind === 'refused') return [];
    const { method, uri, headers, body } = parsed.request;
    const attributes = {
      id: 'r-1',
      protocol: 'HTTP/1.1',
      method,
      uri,
      headers,
      client: CLIENT,
      server: SERVER,
    };
    return [{ attributes, body: Buffer.from(body) }];
  });
  return all.filter((_, index) => index % oneIn === 0);
}

export function judgeBy(
  ruleSet: RuleSet,
  { attributes, body }: CrsRequest,
  response: JudgedResponse | null = null,
): TransactionResult {
  const transaction = engine.transaction(ruleSet, attributes);
  transaction.requestHeaders();
  transaction.requestBody(body);
  transaction.requestEnd();
  if (response !== null && transaction.verdict.kind === 'allow') {
    transaction.responseHeaders(response.attributes);
    transaction.responseBody(Buffer.from(response.body, 'latin1'));
    transaction.responseEnd();
  }
  return transaction.finish();
}
