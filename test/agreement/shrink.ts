/** Smaller and smaller cases that still fail: the first smaller one that fails is gone on with, until none does. */

const STEPS_MAX = 4_000;
const MILLIS_MAX = 60_000;

export function shrink<Case>(
  failing: Case,
  smaller: (one: Case) => Iterable<Case>,
  fails: (one: Case) => boolean,
): Case {
  const end = performance.now() + MILLIS_MAX;
  let best = failing;
  let steps = 0;
  for (let found = true; found; ) {
    found = false;
    for (const candidate of smaller(best)) {
      if (++steps > STEPS_MAX || performance.now() > end) return best;
      if (!fails(candidate)) continue;
      best = candidate;
      found = true;
      break;
    }
  }
  return best;
}
