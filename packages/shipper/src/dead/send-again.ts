/** Gives dead letters to their sink once more: what it takes now is removed, the rest stays. */
import type { Outcome, Sink } from '../sink.ts';
import type { DeadLetterFiles } from './dead-letters.ts';
import type { DeadLetter } from './letter.ts';

/** Records of one request. */
const GIVEN_AT_ONCE = 500;

export interface SentAgain {
  readonly stored: number;
  /** Refused once more, or not taken now. */
  readonly left: number;
}

/**
 * A file is replaced by what is left of it before it goes: killed in between, some letters are there twice, none is lost.
 * @param chosen which letters; the others stay as they are
 * @throws what the sink rejects with, when it cannot be reached; what was sent before is removed by then
 */
export async function sendAgain(
  files: DeadLetterFiles,
  sink: Sink,
  chosen: (letter: DeadLetter) => boolean,
  signal: AbortSignal,
): Promise<SentAgain> {
  let stored = 0;
  let left = 0;
  for (const { path } of await files.files()) {
    const { letters } = await files.read(path);
    if (!letters.some(chosen)) continue;
    const kept: DeadLetter[] = letters.filter((letter) => !chosen(letter));
    const given = letters.filter(chosen);
    for (let at = 0; at < given.length; at += GIVEN_AT_ONCE) {
      const some = given.slice(at, at + GIVEN_AT_ONCE);
      // They may have been stored by an earlier call of this that was ended before it could remove them.
      const outcomes = await sink.deliver(
        some.map(({ record }) => record),
        signal,
        true,
      );
      const refused = some.flatMap((letter, index) => stillDead(letter, outcomes[index]));
      stored += some.length - refused.length;
      left += refused.length;
      kept.push(...refused);
    }
    if (kept.length > 0) await files.write(kept);
    await files.remove(path);
  }
  return { stored, left };
}

function stillDead(letter: DeadLetter, outcome: Outcome | undefined): readonly DeadLetter[] {
  if (outcome?.kind === 'stored') return [];
  if (outcome?.kind !== 'dead') return [letter];
  return [{ ...letter, code: outcome.code ?? letter.code, reason: outcome.reason }];
}
