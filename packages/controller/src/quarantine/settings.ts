/** What the installation says about quarantine. */
import { z } from 'zod';
import type { Api } from '../apply/api.ts';
import { API_VERSION, NEVER_SELECTED, SYSTEM_NAMESPACE } from '../kinds/names.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import { readOne } from './requests.ts';

export interface QuarantineSettings {
  readonly automatic: 'Propose' | 'Act';
  readonly podsPerWorkloadAndHour: number;
  readonly expirySeconds: number;
  /** Names, and beginnings of names with a `*` at the end. */
  readonly neverNamespaces: readonly string[];
  /** CIDR ranges. */
  readonly trustedProxies: readonly string[];
}

const sluiceSchema = z.looseObject({
  spec: z
    .looseObject({
      trustedProxies: z.array(z.string()).nullish(),
      quarantine: z
        .looseObject({
          automatic: z.enum(['Propose', 'Act']).optional(),
          podsPerWorkloadAndHour: z.number().int().nonnegative().optional(),
          expirySeconds: z.number().positive().optional(),
          neverNamespaces: z.array(z.string()).optional(),
        })
        .nullish(),
    })
    .nullish(),
});

/**
 * A cluster without the object, or without its kind, has the defaults.
 * @throws QuarantineError QUARANTINE_REFUSED where it may not be read: who the proxies are is then not known
 */
export async function readSettings(api: Api): Promise<QuarantineSettings> {
  const raw = await readOne(api, `/apis/${API_VERSION}/sluices/sluice`);
  const { trustedProxies, quarantine } = sluiceSchema.parse(raw ?? {}).spec ?? {};
  const { automatic, podsPerWorkloadAndHour, expirySeconds, neverNamespaces = [] } = quarantine ?? {};
  return {
    automatic: automatic ?? 'Propose',
    podsPerWorkloadAndHour: podsPerWorkloadAndHour ?? QUARANTINE_LIMITS.podsPerWorkloadAndHour,
    expirySeconds: expirySeconds ?? QUARANTINE_LIMITS.expirySeconds,
    neverNamespaces: [...NEVER_SELECTED, SYSTEM_NAMESPACE, ...neverNamespaces],
    trustedProxies: trustedProxies ?? [],
  };
}

export const matchesName = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
