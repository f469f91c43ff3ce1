/** One whole inspection as the server does it: every step, and the event with its text where there is one. */
import { join, resolve } from 'node:path';
import { crsSources } from '../../packages/cli/src/rules-test/rule-sources.ts';
import { cacheDirectory, crsDirectory } from '../../packages/cli/src/setup/paths.ts';
import {
  buildEvent,
  Engine,
  foldHeadsAfter,
  isEventful,
  overlayFor,
  type RuleProgram,
  type RuleSet,
  rememberScans,
  type TransactionResult,
  type Work,
  work,
  workSince,
} from '../../packages/engine/src/index.ts';
import { matchOfRule } from './operators.ts';
import { type Exchange, put, strangeNames } from './places.ts';

export type Level = 1 | 2 | 3 | 4;

export interface Inspector {
  readonly program: RuleProgram;
  inspect(exchange: Exchange): TransactionResult;
  /** What one inspection counts. */
  workOf(exchange: Exchange): Work;
}

/** More names than an engine remembers what its selectors made of. */
const STRANGE_NAMES = 400;
const FULL_BYTES = 100_000;
const CLIENT = { address: '192.0.2.1', port: 40_000 };
const SERVER = { address: '192.0.2.2', port: 80 };

/** The CRS at a level with the set-up of its own tests, all rules running to the end: no denial saves work. */
export function openInspector(paranoia: Level): Inspector {
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const sources = crsSources(crsDirectory(), paranoia);
  const unit = engine.loadRules(
    sources.map(({ name, text, directory }) => ({ path: resolve(directory, name), text })),
    { paranoiaMax: paranoia },
  );
  const ruleSet = engine.ruleSet(unit, overlayFor({ name: 'linear', mode: 'Detect', paranoia }));
  const inspect = (exchange: Exchange): TransactionResult => inspectWith(engine, ruleSet, exchange);
  // A message would cost what is new in it, and less from the one on for which its head is folded.
  rememberScans(false);
  foldHeadsAfter(Number.POSITIVE_INFINITY);
  // What is remembered from message to message is full of others from here on, and buffers are as large as they get: what
  // came before decides nothing.
  const hits = unit.program.items.map((item) => (item.kind === 'rule' ? matchOfRule(item) : '')).join(' ');
  const full = hits.repeat(Math.ceil(FULL_BYTES / hits.length)).slice(0, FULL_BYTES);
  for (const exchange of [
    ...strangeNames(STRANGE_NAMES, hits),
    put('form values', full),
    put('query as it is', full),
  ])
    inspect(exchange);
  return {
    program: unit.program,
    inspect,
    workOf(exchange) {
      const before = { ...work };
      inspect(exchange);
      return workSince(before);
    },
  };
}

function inspectWith(engine: Engine, ruleSet: RuleSet, exchange: Exchange): TransactionResult {
  const { body, response, ...request } = exchange;
  const transaction = engine.transaction(ruleSet, {
    id: 'linear-1',
    protocol: 'HTTP/1.1',
    client: CLIENT,
    server: SERVER,
    ...request,
  });
  transaction.requestHeaders();
  if (body !== '') transaction.requestBody(Buffer.from(body, 'latin1'));
  transaction.requestEnd();
  if (response !== null) {
    transaction.responseHeaders({ status: 200, protocol: 'HTTP/1.1', headers: response.headers });
    transaction.responseBody(Buffer.from(response.body, 'latin1'));
    transaction.responseEnd();
  }
  const result = transaction.finish();
  if (isEventful(result)) JSON.stringify(buildEvent(result));
  return result;
}
