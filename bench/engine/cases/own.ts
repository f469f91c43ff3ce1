/** One's own traffic as cases: each file's requests in turn, each told from the others by an id, as proxies add one. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { requestsFromHar } from '../../../packages/cli/src/inspect/har.ts';
import { filesOf } from '../../../packages/cli/src/inspect/input.ts';
import { requestFromRaw } from '../../../packages/cli/src/inspect/raw.ts';
import type { RequestParts } from '../../../packages/cli/src/inspect/request.ts';
import { BenchError } from '../errors.ts';
import type { BenchCase } from './case.ts';

/** @throws BenchError BENCH_OPTION, InspectError INSPECT_NOT_HAR, INSPECT_NOT_HTTP */
export function ownTraffic(hars: readonly string[], raws: readonly string[]): readonly BenchCase[] {
  return [
    ...hars.map((path) => ownCase(path, requestsFromHar(path, read('--har', path)))),
    ...raws.map((path) =>
      ownCase(
        path,
        filesOf(path).map((file) => requestFromRaw(file, read('--raw', file))),
      ),
    ),
  ];
}

const REQUEST_ID = 'X-Request-Id';

function ownCase(path: string, requests: readonly RequestParts[]): BenchCase {
  if (requests.length === 0)
    throw new BenchError('BENCH_OPTION', { option: path, reason: 'it has no requests' });
  return {
    name: basename(path),
    about: `${requests.length} requests of ${path}`,
    verdict: null,
    make: (random, index) => {
      const { method, uri, protocol, headers, body } = requests[index % requests.length] as RequestParts;
      const others = headers.filter(([name]) => name.toLowerCase() !== REQUEST_ID.toLowerCase());
      return { method, uri, protocol, headers: [...others, [REQUEST_ID, random.uuid()]], body };
    },
  };
}

function read(option: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BenchError('BENCH_OPTION', { option, reason }, error);
  }
}
