/**
 * The soak's client, a process of its own: `node soak-client.ts '{"port":1,"seconds":5,…}'` keeps its connections busy,
 * and prints a `SoakCounts` as JSON. It ends by time or by count, whatever comes first.
 */
import { Agent, request } from 'node:http';
import { type SoakRequest, soakTraffic } from './soak-traffic.ts';

export interface SoakClientOptions {
  readonly port: number;
  readonly seconds: number;
  readonly connections: number;
  readonly seed: number;
  readonly requestsMax: number;
}

export interface SoakCounts {
  readonly requests: number;
  readonly attacks: number;
  readonly attacksBlocked: number;
  readonly benignPassed: number;
  /** Requests that got neither, or nothing: the first few, told. */
  readonly faults: readonly string[];
  readonly faultCount: number;
  readonly seconds: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
}

const FAULTS_SHOWN_MAX = 10;
const REPLY_MILLIS_MAX = 30_000;
const HEADERS = {
  host: 'shop.example',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'application/json',
};

async function soak(options: SoakClientOptions): Promise<SoakCounts> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const traffic = soakTraffic(options.seed);
  const millis: number[] = [];
  const faults: string[] = [];
  const counts = { requests: 0, attacks: 0, attacksBlocked: 0, benignPassed: 0, faultCount: 0 };
  const startedAt = performance.now();
  const until = startedAt + options.seconds * 1_000;
  const fault = (what: string): void => {
    counts.faultCount++;
    if (faults.length < FAULTS_SHOWN_MAX) faults.push(what);
  };
  const keepBusy = async (): Promise<void> => {
    while (performance.now() < until && counts.requests < options.requestsMax) {
      const next = traffic.next().value;
      counts.requests++;
      if (next.attack) counts.attacks++;
      const at = performance.now();
      try {
        const status = await send(agent, options.port, next);
        if (next.attack && status === 403) counts.attacksBlocked++;
        else if (!next.attack && status === 200) counts.benignPassed++;
        else fault(`${status} for ${JSON.stringify(next)}`);
      } catch (error) {
        fault(`${String(error)} for ${JSON.stringify(next)}`);
      }
      millis.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, keepBusy));
  const seconds = (performance.now() - startedAt) / 1_000;
  agent.destroy();
  millis.sort((a, b) => a - b);
  const quantile = (share: number): number => millis[Math.floor(millis.length * share)] ?? 0;
  return { ...counts, faults, seconds, p50Millis: quantile(0.5), p99Millis: quantile(0.99) };
}

function send(agent: Agent, port: number, { method, path, headers, body }: SoakRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { ...HEADERS, ...headers, ...length };
    const options = { agent, host: '127.0.0.1', port, method, path, headers: all, timeout: REPLY_MILLIS_MAX };
    const sent = request(options, (response) => {
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', reject);
    sent.end(body);
  });
}

const given: SoakClientOptions = JSON.parse(process.argv[2] ?? '{}');
process.stdout.write(`${JSON.stringify(await soak(given))}\n`);
