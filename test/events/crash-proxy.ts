/** Stands between shipper and Elasticsearch, and does to some bulk requests what networks, busy servers and rollovers do. */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../agreement/random.ts';

export const FAULTS = [
  /** The server is busy. The request does not arrive. */
  'busy',
  /** It is not there, says whoever stands in front of it. The request does not arrive. */
  'away',
  /** As `away`, but the request arrives. */
  'awayBehind',
  /** The connection breaks before the request arrives. */
  'cut',
  /** The request arrives, its answer does not. */
  'lost',
  /** A half of the answer comes. */
  'torn',
  /** The request arrives, the stream rolls over, and the answer does not come. */
  'rolled',
  'slow',
] as const;

export type Fault = (typeof FAULTS)[number];

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const SLOW_MILLIS_MAX = 1_000;

export interface CrashProxyOptions {
  readonly target: URL;
  readonly random: Random;
  /** Makes the stream begin a new backing index. */
  readonly rollOver: () => Promise<unknown>;
}

export class CrashProxy {
  /** One in so many bulk requests has a fault, each kind in turn; 0: none. */
  oneIn = 0;
  /** Bulk requests that came. */
  bulks = 0;
  /** Bulk requests of which the server itself has refused something because it was busy. */
  busyAnswers = 0;
  #faults = 0;
  readonly counts = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  readonly #options: CrashProxyOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #server = createServer((request, response) => {
    // Who goes away in the middle is what this is here for.
    this.#handle(request, response).catch(() => response.destroy());
  });

  constructor(options: CrashProxyOptions) {
    this.#options = options;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const isBulk = request.url?.includes('/_bulk') === true;
    if (isBulk) this.bulks++;
    const { random, rollOver } = this.#options;
    const hasFault = isBulk && this.oneIn > 0 && random.oneIn(this.oneIn);
    const fault = hasFault ? (FAULTS[this.#faults++ % FAULTS.length] ?? null) : null;
    if (fault !== null) this.counts[fault]++;
    if (fault === 'cut') return void response.destroy();
    if (fault === 'busy') return refuse(response, 429, 'es_rejected_execution_exception');
    if (fault === 'away') return refuse(response, 503, 'unavailable');
    if (fault === 'slow') await sleep(random.below(SLOW_MILLIS_MAX));
    const answer = await this.#forward(request, body);
    if (isBulk && (answer.status === 429 || answer.body.includes('"status":429'))) this.busyAnswers++;
    if (fault === 'rolled') await rollOver();
    if (fault === 'rolled' || fault === 'lost') return void response.destroy();
    if (fault === 'awayBehind') return refuse(response, 503, 'unavailable');
    response.writeHead(answer.status, answer.headers);
    if (fault !== 'torn') return void response.end(answer.body);
    response.write(answer.body.subarray(0, answer.body.length / 2), () => response.destroy());
  }

  async #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { hostname, port } = this.#options.target;
    const forwarded = httpRequest({ agent: this.#agent, host: hostname, port, method, path: url, headers });
    forwarded.end(body);
    const [answer]: [IncomingMessage] = (await once(forwarded, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
  }
}

function refuse(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
  response.end(JSON.stringify({ error: { type, reason: 'made by a test' }, status }));
}
