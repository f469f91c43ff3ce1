/** The thread of a candidate: judges copies of requests and compares. Nothing waits for it. */
import { constants } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Engine } from '@sluice/engine';
import { inspectWhole } from '../engine-exchange.ts';
import { reasonOf } from '../errors.ts';
import { giveWay } from '../give-way.ts';
import { madeEvent } from '../late-event.ts';
import { refusalOf } from '../reload/refusal.ts';
import { selfTest } from '../reload/self-test.ts';
import { generationVersion, unitKeys } from '../reload/unit-key.ts';
import { buildGeneration, type LinkedPolicy, linkPolicy, type RuleSetGeneration } from '../rule-sets.ts';
import type { RehearsalAnswer, RehearsalCopy, RehearsalRequest } from './messages.ts';
import { ruleIds } from './rule-ids.ts';
import { Tally } from './tally.ts';

const say = (answer: RehearsalAnswer): void => parentPort?.postMessage(answer);

class Candidate {
  readonly #engine: Engine;
  readonly #policies: ReadonlyMap<string, LinkedPolicy>;
  readonly #tally = new Tally();
  readonly #version: string;

  constructor(engine: Engine, generation: RuleSetGeneration, version: string) {
    this.#engine = engine;
    this.#version = version;
    const names = [...generation.policies.keys()];
    this.#policies = new Map(names.map((name) => [name, linkPolicy(engine, generation, name)]));
  }

  judge({ request, inForce }: RehearsalCopy): RehearsalAnswer {
    const policy = this.#policies.get(request.policy);
    if (policy === undefined) return { kind: 'failed', reason: `no policy ${request.policy}` };
    const { verdict, rules, event } = inspectWhole(this.#engine, policy, request);
    const changed = this.#tally.add(request.attributes.id, inForce, { verdict: verdict.kind, rules });
    return {
      kind: 'judged',
      report: this.#tally.report,
      event: changed ? this.#marked(madeEvent(event)) : null,
    };
  }

  #marked(event: unknown): unknown {
    if (typeof event !== 'object' || event === null) return null;
    const waf = 'waf' in event && typeof event.waf === 'object' ? event.waf : {};
    return { ...event, waf: { ...waf, candidate: this.#version } };
  }
}

function begin(request: RehearsalRequest): void {
  const engine = new Engine({ cacheDirectory: request.cacheDirectory });
  const { generation } = buildGeneration({ ...request, engine });
  selfTest(engine, generation, request.crs);
  const version = generationVersion(unitKeys(generation));
  const candidate = new Candidate(engine, generation, version);
  parentPort?.on('message', (copy: RehearsalCopy) => {
    try {
      say(candidate.judge(copy));
    } catch (error) {
      say({ kind: 'failed', reason: reasonOf(error) });
    }
  });
  const inForce = new Set(request.idsInForce);
  const own = new Set(ruleIds(generation));
  const addedRules = [...own].filter((id) => !inForce.has(id));
  const removedRules = request.idsInForce.filter((id) => !own.has(id));
  say({ kind: 'ready', version, addedRules, removedRules });
}

// Of this thread alone, as Linux has it: what it does may wait for all that answers requests.
giveWay(constants.priority.PRIORITY_LOW);
try {
  begin(workerData as RehearsalRequest);
} catch (error) {
  say(refusalOf(error));
}
