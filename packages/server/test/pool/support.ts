/** A pool over a few rules, with real workers. */
import { Engine } from '@sluice/engine';
import { onTestFinished } from 'vitest';
import { EVENTS_DEFAULT } from '../../src/event-origin.ts';
import type { ExchangeOpening } from '../../src/exchange-inspector.ts';
import type { InspectionRequest } from '../../src/inspector.ts';
import { DEFAULT_LIMITS, type ServerLimits } from '../../src/limits.ts';
import { createLog, type Log } from '../../src/log.ts';
import { createPoolInspector, type PoolInspector } from '../../src/pool/pool-inspector.ts';
import type { PolicyRules, RuleSetGeneration } from '../../src/rule-sets.ts';

export const engine = new Engine({ cacheDirectory: null });

const RULES = `
SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain
SecRule ARGS|REQUEST_HEADERS "@contains evil" "id:1,phase:2,deny,log,msg:'evil'"
SecRule RESPONSE_BODY "@contains leak" "id:2,phase:4,deny,status:502,log,msg:'leak'"
`;

/** @param word what the policies deny: tells generations from each other */
export function generationOf(
  id: number,
  policies: readonly string[] = ['default'],
  word = 'evil',
): RuleSetGeneration {
  const unit = engine.loadRules([{ path: 'pool.conf', text: RULES.replaceAll('evil', word) }]);
  const rulesOf = (name: string): PolicyRules => ({
    base: 0,
    before: [],
    after: [],
    settings: { name, mode: 'Block' },
    windowed: false,
    events: EVENTS_DEFAULT,
  });
  return {
    id,
    version: `test ${id}`,
    units: [unit],
    policies: new Map(policies.map((name) => [name, rulesOf(name)])),
  };
}

export interface PoolSetting {
  readonly limits?: Partial<ServerLimits>;
  readonly policies?: readonly string[];
  readonly log?: Log;
  readonly worker?: URL;
}

const HOSTILE = new URL('./fixtures/hostile-worker.ts', import.meta.url);

/** Everything goes to the workers, unless limits say otherwise. Closed when the test is over. */
export async function startPool(setting: PoolSetting = {}): Promise<PoolInspector> {
  const { limits = {}, policies, log, worker = HOSTILE } = setting;
  const inspector = await createPoolInspector({
    engine,
    generation: generationOf(1, policies),
    limits: {
      ...DEFAULT_LIMITS,
      poolThreads: 1,
      inlineBytesMax: 0,
      verdictMillisMax: 60_000,
      poolTaskMillisMax: 60_000,
      ...limits,
    },
    log: log ?? createLog('silent'),
    worker,
  });
  onTestFinished(() => inspector.close());
  return inspector;
}

export interface Message {
  readonly uri?: string;
  readonly method?: string;
  readonly policy?: string;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly fault?: string;
  readonly id?: string;
}

export function openingOf(message: Message = {}): ExchangeOpening {
  const { uri = '/', method = 'POST', policy = 'default', body, fault, id = 'request-1' } = message;
  const { type = 'application/x-www-form-urlencoded' } = message;
  const headers: [string, string][] = [
    ['host', 'shop.example'],
    ['content-type', type],
  ];
  if (fault !== undefined) headers.push(['x-fault', fault]);
  return {
    attributes: {
      id,
      method,
      uri,
      protocol: 'HTTP/1.1',
      headers,
      client: { address: '192.0.2.1', port: 40_000 },
      server: { address: '192.0.2.2', port: 80 },
    },
    policy,
    probe: false,
    bodyBytesExpected: body === undefined ? 0 : bytesOf(body).byteLength,
  };
}

export function requestOf(message: Message = {}): InspectionRequest {
  const { attributes, policy, probe } = openingOf(message);
  return { attributes, policy, probe, body: bytesOf(message.body ?? ''), bodyComplete: true };
}

export const bytesOf = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? Buffer.from(body, 'latin1') : body;

export const NO_COVERAGE = {
  requestBytesSeen: 0,
  requestBytesPassed: 0,
  responseBytesSeen: 0,
  responseBytesPassed: 0,
  skipped: [],
};

/** What the pool holds, as plain data. */
export function stateOf({ pool }: PoolInspector) {
  if (pool === null) throw new RangeError('there is no pool');
  const { exchanges, waiting, keptBytes, workersLost, condemned, refused, slabs } = pool;
  const { inUse, waiters } = slabs;
  return { exchanges, waiting, keptBytes, workersLost, condemned, refused, slabs: inUse, waiters };
}

export const EMPTY = { exchanges: 0, waiting: 0, keptBytes: 0, slabs: 0, waiters: 0 };
