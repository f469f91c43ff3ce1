/** A test for each fault and mode of a table, which says what must be seen. */
import { describe, expect, it } from 'vitest';
import type { Fault, FaultMode, Faults, Seen } from './table.ts';

/** Brings a fault about, and resolves to what was seen of it. */
export type Trial = (mode: FaultMode) => Promise<Seen>;

/** Far more than one takes. */
const TRIAL_MILLIS_MAX = 300_000;

export function tryFaults<T extends Faults>(
  faults: T,
  trials: Readonly<Record<keyof T & string, Trial>>,
  millisMax = TRIAL_MILLIS_MAX,
): void {
  for (const [name, { fault, seen }] of Object.entries<Fault>(faults)) {
    describe(fault, () => {
      for (const [mode, expected] of Object.entries(seen)) {
        it(
          mode,
          async () => {
            expect(await trials[name]?.(modeOf(mode))).toEqual(expected);
          },
          millisMax,
        );
      }
    });
  }
}

const MODES: readonly FaultMode[] = ['Block', 'Block, Open', 'Detect'];

function modeOf(text: string): FaultMode {
  const mode = MODES.find((known) => known === text);
  if (mode === undefined) throw new TypeError(`no mode: ${text}`);
  return mode;
}
