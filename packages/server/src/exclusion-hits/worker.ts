/** The thread that judges copies of requests without exclusions, and says which of them took something. Nothing waits for it. */
import { constants } from 'node:os';
import { deserialize } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { Engine, type ExclusionMatcher, exclusionMatcher } from '@sluice/engine';
import { reasonOf } from '../errors.ts';
import { giveWay } from '../give-way.ts';
import { exclusionOf } from '../policies/rule-settings.ts';
import { type LinkedPolicy, linkPolicy, openGeneration, type SharedGeneration } from '../rule-sets.ts';
import type { LookAnswer, LookedAt, LookingRequest } from './messages.ts';
import { pathOf } from './path-of.ts';

const say = (answer: LookAnswer): void => parentPort?.postMessage(answer);

interface Looking {
  readonly rules: LinkedPolicy;
  readonly exclusions: readonly ExclusionMatcher[];
}

function looker(engine: Engine, policies: ReadonlyMap<string, Looking>) {
  return ({ policy, attributes, body, bodyComplete }: LookedAt): LookAnswer => {
    const known = policies.get(policy);
    if (known === undefined) return { kind: 'failed', policy, reason: `no policy ${policy}` };
    const transaction = engine.transaction(known.rules.ruleSet, attributes);
    transaction.requestHeaders();
    transaction.requestBody(body);
    transaction.requestEnd(!bodyComplete);
    const { matches } = transaction.finish();
    const path = pathOf(attributes.uri);
    const places = matches.flatMap(({ rule, targets }) =>
      targets.map(({ label }) => ({ rule: rule.data, label, path })),
    );
    const hits = known.exclusions.flatMap((takes, index) => (places.some(takes) ? [index] : []));
    return { kind: 'looked', policy, hits };
  };
}

function begin({ generation: written, exclusions }: LookingRequest): void {
  const engine = new Engine({ cacheDirectory: null });
  const shared: SharedGeneration = deserialize(written);
  const generation = openGeneration(engine, shared);
  const policies = new Map<string, Looking>();
  for (const [name, own] of exclusions) {
    const rules = linkPolicy(engine, generation, name);
    policies.set(name, { rules, exclusions: own.map((each) => exclusionMatcher(exclusionOf(each))) });
  }
  const look = looker(engine, policies);
  parentPort?.on('message', (request: LookedAt) => {
    try {
      say(look(request));
    } catch (error) {
      say({ kind: 'failed', policy: request.policy, reason: reasonOf(error) });
    }
  });
  say({ kind: 'ready' });
}

// Of this thread alone, as Linux has it: what it does may wait for all that answers requests.
giveWay(constants.priority.PRIORITY_LOW);
begin(workerData as LookingRequest);
