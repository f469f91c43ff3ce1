/** Quarantines that an alert asks for and a person decides on: a ConfigMap for each pod, in Sluice's own namespace. */
import { z } from 'zod';
import type { Api } from '../apply/api.ts';
import { CONTENT_LABEL } from '../kinds/names.ts';
import { QuarantineError } from './errors.ts';
import { configMapsPath } from './ledger.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import { FIELD_MANAGER, MANAGED_BY, MANAGER, PROPOSAL_CONTENT } from './names.ts';
import type { TargetPod } from './pod.ts';
import { askFor, readAll } from './requests.ts';

const proposalSchema = z.object({
  namespace: z.string(),
  pod: z.string(),
  uid: z.string(),
  owner: z.string(),
  reason: z.string(),
  /** Who asks: the alert. */
  actor: z.string(),
  /** Id of the newest event that it is because of; `''` where there is none. */
  event: z.string(),
  /** Why it is only proposed. */
  because: z.string(),
  /** Milliseconds since the epoch: of the first time, and of the last. */
  firstAt: z.number(),
  lastAt: z.number(),
  count: z.number(),
});

export type Proposal = z.infer<typeof proposalSchema>;

const configMapSchema = z.looseObject({ data: z.looseObject({ proposal: z.string() }) });

const SELECTED = { labelSelector: `${CONTENT_LABEL}=${PROPOSAL_CONTENT}` };
const nameOf = (uid: string): string => `sluice-proposal-${uid}`;

/** Newest first. What is not readable is not one of ours. */
export async function listProposals(api: Api, systemNamespace: string): Promise<readonly Proposal[]> {
  const found = await readAll(api, configMapsPath(systemNamespace), SELECTED);
  return found
    .flatMap((raw) => readProposal(raw) ?? [])
    .toSorted((a, b) => b.lastAt - a.lastAt || (a.uid < b.uid ? -1 : 1));
}

function readProposal(raw: unknown): Proposal | null {
  const map = configMapSchema.safeParse(raw);
  if (!map.success) return null;
  try {
    return proposalSchema.parse(JSON.parse(map.data.data.proposal));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

export type ProposalRequest = Pick<Proposal, 'reason' | 'actor' | 'event' | 'because'>;

/**
 * One for each pod: asked for again, it counts.
 * @throws QuarantineError QUARANTINE_PROPOSALS_FULL
 */
export async function propose(
  api: Api,
  pod: TargetPod,
  request: ProposalRequest,
  { systemNamespace, now }: { readonly systemNamespace: string; readonly now: number },
): Promise<Proposal> {
  const known = await listProposals(api, systemNamespace);
  const before = known.find(({ uid }) => uid === pod.uid);
  if (before === undefined && known.length >= QUARANTINE_LIMITS.proposalsMax)
    throw new QuarantineError('QUARANTINE_PROPOSALS_FULL', { count: known.length });
  const proposal: Proposal = {
    ...{ namespace: pod.namespace, pod: pod.name, uid: pod.uid, owner: pod.owner },
    ...{ reason: request.reason, actor: request.actor, event: request.event, because: request.because },
    ...{ firstAt: before?.firstAt ?? now, lastAt: now, count: (before?.count ?? 0) + 1 },
  };
  await askFor(api, {
    method: 'PATCH',
    path: `${configMapsPath(systemNamespace)}/${nameOf(pod.uid)}`,
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: FIELD_MANAGER, force: 'true' },
    body: {
      ...{ apiVersion: 'v1', kind: 'ConfigMap' },
      metadata: {
        ...{ name: nameOf(pod.uid), namespace: systemNamespace },
        labels: { [MANAGED_BY]: MANAGER, [CONTENT_LABEL]: PROPOSAL_CONTENT },
      },
      data: { proposal: JSON.stringify(proposal) },
    },
  });
  return proposal;
}

export async function dropProposal(api: Api, systemNamespace: string, uid: string): Promise<void> {
  await askFor(api, { method: 'DELETE', path: `${configMapsPath(systemNamespace)}/${nameOf(uid)}` }, 404);
}
