/** A thread that opens a shared unit and judges the requests that it is given. */
import { parentPort, workerData } from 'node:worker_threads';
import { Engine, overlayFor, type SharedUnit } from '../../src/index.ts';

interface Task {
  readonly unit: SharedUnit;
  readonly uris: readonly string[];
}

const { unit: shared, uris } = workerData as Task;
const engine = new Engine({ cacheDirectory: null });
const unit = engine.openShared(shared);
const ruleSet = engine.ruleSet(unit, overlayFor({ name: 'shared', mode: 'Block', paranoia: 1 }));
const verdicts = uris.map((uri) => {
  const transaction = engine.transaction(ruleSet, {
    id: 'request-1',
    method: 'GET',
    uri,
    protocol: 'HTTP/1.1',
    headers: [['Host', 'shop.example']],
    client: { address: '192.0.2.1', port: 40_000 },
    server: { address: '192.0.2.2', port: 80 },
  });
  transaction.requestHeaders();
  transaction.requestEnd();
  return transaction.finish().verdict;
});
parentPort?.postMessage({ verdicts, tokens: engine.shareUnit(unit).prefilter.tokens });
