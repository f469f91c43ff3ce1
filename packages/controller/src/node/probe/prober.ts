/**
 * Proves enforcement on selected pods from the outside: a clean request and an attack to a pod's own address, as any client would
 * send them, one pod after the other. The workload sees the clean one, and in Detect the attack, which harms nobody.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROBE_HEADER } from '@sluice/envoy-config/contract';
import { ask, attackOn, type ProbeAnswer } from '@sluice/server/probe';
import { reasonOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { NodePlan } from '../../plan/plan.ts';
import type { AgentState } from '../agent-state.ts';
import { NODE_LIMITS } from '../limits.ts';
import type { JudgedProbeFacts, ServerView } from '../server-state.ts';
import { type Proof, proofOf, worstOf } from './proof.ts';
import { keyOfTarget, type ProbeTarget, probeTargets } from './targets.ts';

export interface ProberOptions {
  readonly server: ServerView;
  readonly log: Log;
  /** Called when something else than before was proven. */
  readonly onProof: () => void;
}

/** Of a pod, by its UID; null where it has none that is its own. */
export type AddressOf = (uid: string) => string | null;

interface Known {
  readonly target: ProbeTarget;
  /** Null until it was probed in this state. */
  readonly proof: Proof | null;
  /** When it is probed next. */
  readonly dueAt: number;
}

const NAME_BYTES = 16;
/** Who stands behind addresses comes by another way than the plan, and perhaps a moment later. */
const NO_ADDRESS: Proof = { enforced: null, message: 'Not probed: nobody knows its address.' };

function waitBehind(proof: Proof): number {
  if (proof === NO_ADDRESS) return NODE_LIMITS.addressMillis;
  return proof.enforced === true ? NODE_LIMITS.probeMillis : NODE_LIMITS.probeAgainMillis;
}

/** Between two looks at what the server says of a probe. */
const JUDGED_LOOK_MILLIS = 50;

export class Prober {
  readonly #options: ProberOptions;
  readonly #known = new Map<string, Known>();
  #addressOf: AddressOf = () => null;
  readonly #ending = new AbortController();
  #running: Promise<void> | null = null;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** By UID, of pods of which each port was probed as it is now. */
  get proofs(): ReadonlyMap<string, Proof> {
    const byPod = new Map<string, Proof[]>();
    const unproven = new Set<string>();
    for (const { target, proof } of this.#known.values()) {
      if (proof === null) unproven.add(target.uid);
      else byPod.set(target.uid, [...(byPod.get(target.uid) ?? []), proof]);
    }
    const worst = [...byPod].flatMap(([uid, proofs]) => {
      const one = unproven.has(uid) ? undefined : worstOf(proofs);
      return one === undefined ? [] : [[uid, one] as const];
    });
    return new Map(worst);
  }

  /** @param known policies that are in force as planned */
  follow(plan: NodePlan, agent: AgentState, known: ReadonlySet<string>, addressOf: AddressOf): void {
    this.#addressOf = addressOf;
    const targets = new Map(probeTargets(plan, agent, known).map((target) => [keyOfTarget(target), target]));
    for (const key of this.#known.keys()) if (!targets.has(key)) this.#known.delete(key);
    for (const [key, target] of targets) {
      const former = this.#known.get(key);
      const isSame = former?.target.state === target.state && former.target.policy === target.policy;
      if (isSame) this.#known.set(key, { ...former, target });
      else this.#known.set(key, { target, proof: null, dueAt: 0 });
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  /** Those that are due, in turn. The next look begins another round. */
  async #run(): Promise<void> {
    for (;;) {
      const now = performance.now();
      const due = [...this.#known].find(([, { dueAt }]) => dueAt <= now);
      if (due === undefined || this.#ending.signal.aborted) return;
      const [key, { target }] = due;
      const proof = await this.#probe(target);
      // Spread: nodes that began together do not probe together.
      const dueAt = performance.now() + waitBehind(proof) * (0.75 + Math.random() / 2);
      const former = this.#known.get(key);
      if (former?.target.state === target.state) {
        this.#known.set(key, { target, proof, dueAt });
        const isSame = former.proof?.enforced === proof.enforced && former.proof.message === proof.message;
        if (!isSame) this.#options.onProof();
      }
      await sleep(NODE_LIMITS.probeGapMillis, undefined, { signal: this.#ending.signal }).catch(
        () => undefined, // Told to end: the next round sees it.
      );
    }
  }

  async #probe(target: ProbeTarget): Promise<Proof> {
    const address = this.#addressOf(target.uid);
    if (address === null) return NO_ADDRESS;
    try {
      return await this.#ask(target, address);
    } catch (error) {
      this.#options.log.warn({ pod: target.name, reason: reasonOf(error) }, 'node: a pod was not probed');
      return { enforced: null, message: `Not probed: ${reasonOf(error)}` };
    }
  }

  async #ask(target: ProbeTarget, address: string): Promise<Proof> {
    const host = address.includes(':') ? `[${address}]` : address;
    const url = new URL(`${target.isTls ? 'https' : 'http'}://${host}:${target.port}/`);
    const name = randomBytes(NAME_BYTES).toString('hex');
    const clean = await this.#send(url, target, randomBytes(NAME_BYTES).toString('hex'));
    const attack = await this.#send(attackOn(url), target, name);
    const judged = await this.#judged(name, attack);
    const { policy, mode } = target;
    return proofOf({ policy, mode, clean, attack, judged });
  }

  #send(url: URL, { name, namespace }: ProbeTarget, probe: string): Promise<ProbeAnswer> {
    return ask(url, {
      // An address in place of a name is a finding of the CRS by itself.
      headers: { host: `${name}.${namespace}.pod`, [PROBE_HEADER]: probe },
      // The key is the workload's, and its name another: who answers is known by its address.
      insecure: true,
      timeoutMillis: NODE_LIMITS.probeAnswerMillisMax,
    });
  }

  /** In Detect the judgement may come behind the answer; where there was none, one look is enough. */
  async #judged(name: string, { failure }: ProbeAnswer): Promise<JudgedProbeFacts | null> {
    const until = performance.now() + (failure === null ? NODE_LIMITS.probeJudgedMillisMax : 0);
    for (;;) {
      const probes = await this.#options.server.probes();
      const found = probes.find((probe) => probe.name === name);
      if (found !== undefined) return found;
      if (performance.now() >= until || this.#ending.signal.aborted) return null;
      await sleep(JUDGED_LOOK_MILLIS);
    }
  }
}
