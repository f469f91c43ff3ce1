/** A request that no server would hand on, and what it answers instead. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

export const badRequest = (reason: string): Refusal => ({ status: 400, reason });

/** The message ends before it says it does: a server waits, then gives up. */
export const incomplete = (reason: string): Refusal => ({ status: 408, reason });
