/** Which cores Sluice, Envoy and the load get: the same for a whole run, so that cells can be compared. */
import { BenchError } from '../engine/errors.ts';

export interface SizingPlaces {
  /** As many as the largest cell asks for. */
  readonly sluice: readonly number[];
  readonly envoy: readonly number[];
  readonly load: readonly number[];
  /** What shares a core for want of more; empty where nothing does. */
  readonly shared: string;
}

const ENVOY_CORES_MAX = 2;

/**
 * Sluice's own first, one is left for the load, and Envoy has up to two of the rest.
 *
 * @throws BenchError BENCH_OPTION where there are fewer than Sluice is to have
 */
export function placesOf(cores: readonly number[], wanted: number): SizingPlaces {
  if (cores.length < wanted)
    throw new BenchError('BENCH_OPTION', {
      option: '--cores',
      reason: `${wanted} are asked for, and there are ${cores.length}`,
    });
  const sluice = cores.slice(0, wanted);
  const others = cores.slice(wanted);
  if (others.length === 0) return { sluice, envoy: sluice, load: sluice, shared: 'all share their cores' };
  if (others.length === 1)
    return { sluice, envoy: others, load: others, shared: 'load and Envoy share a core' };
  const envoys = Math.min(ENVOY_CORES_MAX, others.length - 1);
  return { sluice, envoy: others.slice(0, envoys), load: others.slice(envoys), shared: '' };
}
