import { expect } from 'vitest';

/** A condition that comes to hold, on a machine that is busy, too. */
export const soon = <T>(read: () => T) => expect.poll(read, { timeout: 30_000 });
