/** Sluice's engine, timed in the process that calls. */
import { join } from 'node:path';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import {
  Engine,
  foldHeadsAfter,
  type HttpRequestAttributes,
  overlayFor,
  type RuleSet,
  rememberScans,
} from '../../packages/engine/src/index.ts';
import type { Batch, BenchVerdict } from './contender.ts';
import { BenchError } from './errors.ts';
import type { BenchRequest } from './request.ts';
import { basePaths, type RuleChoice, SITE_RULES } from './rules.ts';

const CLIENT = { address: '192.0.2.1', port: 40_000 };
const SERVER = { address: '192.0.2.2', port: 443 };

export class SluiceInspector {
  readonly #engine: Engine;
  readonly #ruleSet: RuleSet;

  constructor(engine: Engine, ruleSet: RuleSet) {
    this.#engine = engine;
    this.#ruleSet = ruleSet;
  }

  /** From the beginning of the transaction to its end, phase 5 included. */
  inspect(attributes: HttpRequestAttributes, body: Uint8Array): BenchVerdict {
    const transaction = this.#engine.transaction(this.#ruleSet, attributes);
    let verdict = transaction.requestHeaders();
    if (verdict.kind !== 'deny') {
      if (body.length > 0) transaction.requestBody(body);
      verdict = transaction.requestEnd();
    }
    const [failure] = transaction.finish().failures;
    if (failure !== undefined) {
      const { ruleId, error } = failure;
      throw new BenchError('BENCH_RULE_FAILED', {
        rule: ruleId,
        case: attributes.uri,
        reason: String(error),
      });
    }
    return verdict.kind === 'allow' ? 'allow' : 'deny';
  }

  /** Times requests that are in memory, as a server has them; those of `lead` before are not timed. */
  time(requests: readonly BenchRequest[], lead: readonly BenchRequest[] = []): Batch {
    const prepared = requests.map(attributesOf);
    const ahead = lead.map(attributesOf);
    for (const [index, attributes] of ahead.entries()) this.inspect(attributes, lead[index]?.body ?? NO_BODY);
    const wallMicros = new Array<number>(requests.length).fill(0);
    const verdicts = new Array<BenchVerdict>(requests.length).fill('allow');
    const cpu = process.cpuUsage();
    for (const [index, attributes] of prepared.entries()) {
      const started = performance.now();
      verdicts[index] = this.inspect(attributes, requests[index]?.body ?? NO_BODY);
      wallMicros[index] = (performance.now() - started) * 1_000;
    }
    const { user, system } = process.cpuUsage(cpu);
    return { verdicts, wallMicros, cpuMicros: user + system };
  }
}

const NO_BODY = new Uint8Array();

export const attributesOf = ({ method, uri, protocol, headers }: BenchRequest): HttpRequestAttributes => ({
  id: 'bench',
  method,
  uri,
  protocol,
  headers,
  client: CLIENT,
  server: SERVER,
});

/**
 * Compiles the rules, or loads what an earlier run compiled: those of one paranoia level have a prefilter of their own,
 * as in a server whose policies have that level.
 */
export function openSluice(choice: RuleChoice): SluiceInspector {
  rememberScans(choice.memory ?? true);
  if (choice.memory === false) foldHeadsAfter(Number.POSITIVE_INFINITY);
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const base = engine.loadFiles(basePaths(choice), { paranoiaMax: choice.paranoia });
  const overlay = overlayFor({
    name: 'bench',
    mode: 'Block',
    paranoia: choice.paranoia,
    before: choice.crs ? [engine.loadRules([{ path: 'site.conf', text: SITE_RULES }])] : [],
    after: choice.files.length > 0 ? [engine.loadFiles(choice.files)] : [],
  });
  return new SluiceInspector(engine, engine.ruleSet(base, overlay));
}
