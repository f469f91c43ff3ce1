/** For a process that does nothing but ship. */
import { setFlagsFromString } from 'node:v8';

/** Percent of what was alive by which the old generation may grow before it is collected. V8's own choice is several hundred while it is small. */
const GROWTH_PERCENT = 40;

/**
 * Keeps the young generation as small as it begins, and the old one near what is alive. Records live as long as their request, which is
 * longer than two collections of the young one, however large it has grown: growing only adds garbage, and what a request leaves
 * in the old one is garbage, too. No bound: what is needed is taken.
 */
export function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
