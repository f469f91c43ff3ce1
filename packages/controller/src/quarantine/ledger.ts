/**
 * How often it was done without a person, written before it is done: in a ConfigMap, so that neither a restart nor a change of
 * leader forgets it, and two that think they lead cannot both take the last place.
 */
import { z } from 'zod';
import type { Api } from '../apply/api.ts';
import { segment } from './api.ts';
import { QuarantineError } from './errors.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import { FIELD_MANAGER, LEDGER_NAME, MANAGED_BY, MANAGER } from './names.ts';
import { keyOf, type TargetPod } from './pod.ts';
import { askFor, readOne } from './requests.ts';

const entrySchema = z.object({ workload: z.string(), uid: z.string(), at: z.number() });
export type LedgerEntry = z.infer<typeof entrySchema>;

const ledgerSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  data: z.looseObject({ acts: z.string() }).optional(),
});

export const configMapsPath = (namespace: string): string =>
  `/api/v1/namespaces/${segment(namespace)}/configmaps`;

const workloadOf = ({ namespace, owner }: TargetPod): string => `${namespace}/${owner}`;

/**
 * The ledger with one more act.
 * @throws QuarantineError QUARANTINE_TOO_MANY
 */
export function withAct(
  entries: readonly LedgerEntry[],
  pod: TargetPod,
  perWorkload: number,
  now: number,
): readonly LedgerEntry[] {
  const workload = workloadOf(pod);
  // What a clock that was set back puts into the future still counts.
  const recent = entries.filter(({ at }) => at > now - QUARANTINE_LIMITS.automaticWindowMillis);
  const tooMany = (reason: string): QuarantineError =>
    new QuarantineError('QUARANTINE_TOO_MANY', { pod: keyOf(pod), reason });
  const own = recent.filter((entry) => entry.workload === workload).length;
  if (own >= perWorkload) throw tooMany(`${own} of ${workload} within the hour, where ${perWorkload} may be`);
  if (recent.length >= QUARANTINE_LIMITS.automaticPodsPerHourMax)
    throw tooMany(`${recent.length} pods of the cluster within the hour`);
  return [...recent, { workload, uid: pod.uid, at: now }];
}

function readEntries(text: string): readonly LedgerEntry[] {
  try {
    return z.array(entrySchema).parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    const details = { name: LEDGER_NAME, reason: error.message };
    throw new QuarantineError('QUARANTINE_LEDGER_DAMAGED', details, error);
  }
}

/** @throws QuarantineError QUARANTINE_TOO_MANY, QUARANTINE_LEDGER_DAMAGED, QUARANTINE_CONFLICT */
export async function reserveAct(
  api: Api,
  pod: TargetPod,
  perWorkload: number,
  { systemNamespace, now }: { readonly systemNamespace: string; readonly now: number },
): Promise<void> {
  const collection = configMapsPath(systemNamespace);
  for (let attempt = 0; attempt < QUARANTINE_LIMITS.attemptsMax; attempt += 1) {
    const found = await readOne(api, `${collection}/${LEDGER_NAME}`);
    const ledger = found === null ? null : ledgerSchema.parse(found);
    const entries = readEntries(ledger?.data?.acts ?? '[]');
    const data = { acts: JSON.stringify(withAct(entries, pod, perWorkload, now)) };
    const metadata = { name: LEDGER_NAME, namespace: systemNamespace, labels: { [MANAGED_BY]: MANAGER } };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
    const query = { fieldManager: FIELD_MANAGER };
    const answer = await askFor(
      api,
      ledger === null
        ? { method: 'POST', path: collection, query, body }
        : {
            ...{ method: 'PUT', path: `${collection}/${LEDGER_NAME}`, query },
            body: { ...body, metadata: { ...metadata, resourceVersion: ledger.metadata.resourceVersion } },
          },
      404,
      409,
    );
    if (answer.ok) return;
    // A namespace that is not there answers 404, too: that will not change by asking again.
    if (ledger === null && answer.refusal.status === 404)
      throw new QuarantineError('QUARANTINE_REFUSED', {
        ...{ what: `POST ${collection}`, status: 404, reason: answer.refusal.message },
      });
  }
  throw new QuarantineError('QUARANTINE_CONFLICT', {
    object: `${collection}/${LEDGER_NAME}`,
    attempts: QUARANTINE_LIMITS.attemptsMax,
  });
}
