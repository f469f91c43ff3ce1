/** Bulk requests that were made before the clock runs, sent by as little as can send them: what the server takes at most. */
import { Agent, request } from 'node:http';
import { BodyMaker } from '../../packages/shipper/src/elasticsearch/body.ts';
import { DEFAULT_PIPELINE_LIMITS } from '../../packages/shipper/src/limits.ts';
import type { SpoolRecord } from '../../packages/spool/src/index.ts';

/** As large as the shipper's batches grow. */
const REQUEST_BYTES = DEFAULT_PIPELINE_LIMITS.batchBytesMax;
const IN_FLIGHT = DEFAULT_PIPELINE_LIMITS.inFlightMax;
const CREATED = 201;

export interface PreparedRequest {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export async function prepare(
  records: readonly SpoolRecord[],
  stream: string,
  compress: boolean,
): Promise<readonly PreparedRequest[]> {
  const maker = new BodyMaker({ waf: stream, l7: stream, alert: stream }, compress ? 1 : 0, 0);
  const requests: PreparedRequest[] = [];
  for (let from = 0; from < records.length; ) {
    const { body, count } = await maker.make(records, from, REQUEST_BYTES);
    requests.push({ bytes: Buffer.from(body.bytes), headers: body.headers });
    body.release();
    from += count;
  }
  return requests;
}

/** As many at once as the shipper has. @returns documents that were stored */
export async function sendPrepared(url: string, requests: readonly PreparedRequest[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const left = requests.values();
  let stored = 0;
  const sender = async (): Promise<void> => {
    for (const each of left) {
      const added = await send(url, agent, each);
      stored += added;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
  agent.destroy();
  return stored;
}

function send(url: string, agent: Agent, { bytes, headers }: PreparedRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-ndjson', 'content-length': bytes.length },
    };
    const asked = request(`${url}/_bulk?filter_path=items.*.status`, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve(storedIn(Buffer.concat(chunks).toString())));
    });
    asked.on('error', reject);
    asked.end(bytes);
  });
}

const storedIn = (answer: string): number => answer.split(`"status":${CREATED}`).length - 1;
