/** A soak: mixed traffic through Envoy and `sluice serve`, counted. Alone: node test/soak-run.ts --seconds 60 --connections 64 --json */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from './envoy-stack.ts';
import type { SoakClientOptions, SoakCounts } from './soak-client.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly connections: number;
  readonly seed?: number;
  readonly requestsMax?: number;
}

export interface SoakFigures extends SoakCounts {
  readonly connections: number;
  readonly requestsPerSecond: number;
  /** Resident memory of `sluice serve`: medians of the middle and the last third of the time, and the peak. */
  readonly memory: { readonly middleBytes: number; readonly lastBytes: number; readonly peakBytes: number };
}

const CLIENT = resolve(import.meta.dirname, 'soak-client.ts');
const REQUESTS_MAX = 2_000_000;
const SAMPLE_MILLIS = 100;

export async function runSoak(options: SoakOptions): Promise<SoakFigures> {
  const { seconds, connections, seed = 1, requestsMax = REQUESTS_MAX } = options;
  const stack = await startStack({ keepLines: false });
  const samples: number[] = [];
  const pid = stack.sluice.child.pid ?? 0;
  const sampler = setInterval(() => samples.push(residentBytes(pid)), SAMPLE_MILLIS);
  try {
    const counts = await runClient({ port: stack.port, seconds, connections, seed, requestsMax });
    clearInterval(sampler);
    const third = Math.floor(samples.length / 3);
    return {
      ...counts,
      connections,
      requestsPerSecond: counts.requests / counts.seconds,
      memory: {
        middleBytes: median(samples.slice(third, 2 * third)),
        lastBytes: median(samples.slice(2 * third)),
        peakBytes: Math.max(...samples),
      },
    };
  } finally {
    clearInterval(sampler);
    await stack.stop();
  }
}

async function runClient(options: SoakClientOptions): Promise<SoakCounts> {
  const child = spawn(process.execPath, [CLIENT, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  process.off('exit', kill);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/** VmRSS of /proc: in kB. */
function residentBytes(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MiB`;

export function describeSoak(figures: SoakFigures): string {
  const { memory, requests, attacks, connections, requestsPerSecond, p50Millis, p99Millis, faultCount } =
    figures;
  return [
    `${requests} requests (${attacks} attacks) over ${connections} connections, ${faultCount} faults`,
    `${requestsPerSecond.toFixed(0)} requests/s, p50 ${p50Millis.toFixed(1)} ms, p99 ${p99Millis.toFixed(1)} ms`,
    `resident ${megabytes(memory.middleBytes)}, then ${megabytes(memory.lastBytes)}, peak ${megabytes(memory.peakBytes)}`,
  ].join('; ');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      connections: { type: 'string', default: '64' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const figures = await runSoak({
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    seed: Number(values.seed),
  });
  process.stdout.write(`${values.json ? JSON.stringify(figures, null, 2) : describeSoak(figures)}\n`);
  process.exitCode = figures.faultCount === 0 ? 0 : 1;
}
