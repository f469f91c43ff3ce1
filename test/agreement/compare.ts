/** Asks both evaluations, each in an engine of its own: collections outlive a request, and are alike in both. */
import { join } from 'node:path';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import { Engine, EngineError, foldHeadsAfter, type RuleSet } from '../../packages/engine/src/index.ts';
import { coursesOf, parting } from './course.ts';
import type { Message } from './message.ts';

export interface Engines {
  readonly planned: Engine;
  /** Asked in the same way, with rules folded for the shape of each head. */
  readonly shaped: Engine;
  readonly reference: Engine;
}

export function openEngines(cached: boolean): Engines {
  const directory = cached ? join(cacheDirectory(), 'rules') : null;
  return {
    planned: new Engine({ cacheDirectory: directory }),
    shaped: new Engine({ cacheDirectory: directory }),
    reference: new Engine({ cacheDirectory: directory }),
  };
}

export interface Agreement {
  /** What differs, or what was thrown; null where nothing does. */
  readonly difference: string | null;
  readonly matches: number;
  /** Courses that the match limit of PCRE2 leaves undecided, which the scan may have spared the planned evaluation. */
  readonly undecided: number;
}

/**
 * What planned evaluation is held against: reference evaluation, or itself on bodies in one piece. Of messages that are
 * judged after each chunk: reference evaluation that is asked alike (`asked`), or itself when nobody asks (`unasked`).
 */
export type Against = 'reference' | 'whole' | 'asked' | 'unasked';

export function compareCourses(
  engines: Engines,
  ruleSet: RuleSet,
  messages: readonly Message[],
  against: Against = 'reference',
): Agreement {
  try {
    const asking = against === 'asked' ? 'heard' : against === 'unasked' ? 'unheard' : 'never';
    foldHeadsAfter(Number.POSITIVE_INFINITY);
    const planned = coursesOf(engines.planned, ruleSet, messages, 'planned', asking);
    foldHeadsAfter(0);
    const shaped = coursesOf(engines.shaped, ruleSet, messages, 'planned', asking);
    const reference =
      against === 'reference' || against === 'asked'
        ? coursesOf(engines.reference, ruleSet, messages, 'reference', asking)
        : coursesOf(
            engines.reference,
            ruleSet,
            against === 'whole' ? messages.map(inOnePiece) : messages,
            'planned',
          );
    let [matches, undecided] = [0, 0];
    let difference: string | null = null;
    for (const [index, one] of planned.entries()) {
      const other = reference[index];
      matches += one.matches;
      const others = [one.text, shaped[index]?.text ?? ''].filter((text) => text !== other?.text);
      if (other === undefined || others[0] === undefined) continue;
      // Collections may carry what an undecided rule left out to the messages beside it.
      if (reference.some((course) => course.undecided.length > 0)) undecided++;
      else difference ??= parting(others[0], other.text);
    }
    return { difference, matches, undecided };
  } catch (error) {
    // Nothing that a client sends may throw: what does is as bad as a disagreement.
    const said =
      error instanceof EngineError
        ? `${error.code}: ${error.message}`
        : String(error instanceof Error ? error.stack : error);
    return { difference: `thrown: ${said}`, matches: 0, undecided: 0 };
  }
}

const inOnePiece = (message: Message): Message => ({ ...message, chunks: [] });
