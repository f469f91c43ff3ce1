/** Matched values of a replay with the steps to them, within the room that an answer has. */
import type { ReplayedTarget } from '@sluice/console';
import type { ExplainedTarget } from '@sluice/engine';
import { toText } from '../inspect/visible.ts';

/** Bytes of one text. */
const TEXT_BYTES_MAX = 1_000;
/** Bytes of the texts of all targets: a byte may take six in JSON, and names of variables come beside (ANSWER_BYTES_MAX in judge.ts). */
const ROOM_BYTES = 400_000;

export class ToldTargets {
  #room = ROOM_BYTES;

  /** Without its texts where there is no room for them any more. */
  tell({ label, sent, steps, value, matched }: ExplainedTarget): ReplayedTarget {
    const variable = this.#text(label);
    if (this.#room <= 0) return { variable, sent: null, steps: [], value: ['', '', ''] };
    const changes = steps.filter((step, index) => step.value !== (steps[index - 1]?.value ?? sent));
    const { start, end } = matched ?? { start: value.length, end: value.length };
    // What is in front of a match is shown from its end.
    const front = value.slice(Math.max(0, start - TEXT_BYTES_MAX), start);
    return {
      variable,
      sent: sent === null ? null : this.#text(sent),
      steps: changes.map((step) => ({ transformation: step.transformation, value: this.#text(step.value) })),
      value: [
        (front.length < start ? '…' : '') + this.#text(front),
        this.#text(value.slice(start, end)),
        this.#text(value.slice(end)),
      ],
    };
  }

  #text(bytes: string): string {
    const kept = bytes.slice(0, TEXT_BYTES_MAX);
    this.#room -= kept.length;
    return toText(kept) + (kept.length < bytes.length ? `… (${bytes.length - kept.length} bytes more)` : '');
  }
}
