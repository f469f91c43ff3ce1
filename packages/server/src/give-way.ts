import { getPriority, setPriority } from 'node:os';

/**
 * Lets others go first: of the calling thread alone, as Linux has it.
 *
 * @param priority of node:os, 1 to 19. A thread that is nicer by then stays so: to be less nice takes CAP_SYS_NICE, and would take processor time from others.
 */
export function giveWay(priority: number): void {
  try {
    if (getPriority() < priority) setPriority(priority);
  } catch {
    // Who may not be nicer works all the same.
  }
}
