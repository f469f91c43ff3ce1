/** Time that stands still while two evaluations are compared: rules read it, and collections forget by it. */

const START_MILLIS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Runs with all clocks that the engine reads at so many milliseconds after a fixed time. */
export function atTime<T>(millis: number, action: () => T): T {
  const { now } = Date;
  const tick = performance.now;
  Date.now = () => START_MILLIS + millis;
  performance.now = () => millis;
  try {
    return action();
  } finally {
    Date.now = now;
    performance.now = tick;
  }
}
