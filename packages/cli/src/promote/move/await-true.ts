import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MILLIS = 250;

/** Asks until there is an answer. @param ask null: not known yet @returns false where none comes in time, too */
export async function awaitTrue(millisMax: number, ask: () => Promise<boolean | null>): Promise<boolean> {
  const until = performance.now() + millisMax;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() >= until) return false;
    await pause(EVERY_MILLIS);
  }
}
