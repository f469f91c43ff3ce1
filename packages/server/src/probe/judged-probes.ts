/**
 * The latest requests that called themselves probes, and what became of them: by the name that it chose, whoever sent one learns that
 * Sluice has judged it, also in Detect, where the answer is the workload's. Anybody may call himself a probe and push others out: then
 * nothing is proven, and nothing is proven wrongly, as long as the name is nobody else's to guess.
 */
import type { Mode, Verdict } from '../inspector.ts';

/** Of all of a process. */
const PROBES_MAX = 256;
/** A name with 128 random bits fits in. */
const NAME_CHARS_MAX = 64;

export interface JudgedProbe {
  readonly name: string;
  /** Of the policy, as sluice.yaml has it. */
  readonly policy: string;
  readonly mode: Mode;
  readonly verdict: Verdict['kind'];
  readonly wouldBlock: boolean;
  /** Where Envoy says that it went. */
  readonly address: string;
  readonly port: number;
}

export class JudgedProbes {
  /** In the order in which they came. */
  readonly #probes = new Map<string, JudgedProbe>();

  add(probe: JudgedProbe): void {
    const { name } = probe;
    if (name === '' || name.length > NAME_CHARS_MAX) return;
    this.#probes.delete(name);
    this.#probes.set(name, probe);
    if (this.#probes.size <= PROBES_MAX) return;
    for (const oldest of this.#probes.keys()) {
      this.#probes.delete(oldest);
      return;
    }
  }

  /** As a page of JSON. */
  get page(): { readonly probes: readonly JudgedProbe[] } {
    return { probes: [...this.#probes.values()] };
  }
}
