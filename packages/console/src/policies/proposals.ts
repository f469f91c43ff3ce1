/** Several of the exclusions that an analysis proposes, judged together, to be saved as one change. */
import { createHash } from 'node:crypto';
import { analyse, type Proposal } from '@sluice/hub/promote';
import { ConsoleError } from '../errors.ts';
import { type Judged, judged, type PolicyView, type Words, withWords } from './judged.ts';

export interface ProposalsAsked extends Words {
  readonly workload: string;
  readonly days: number;
  /** Digests of proposals, as the analysis has shown them. */
  readonly chosen: readonly string[];
}

const DAY = 86_400_000;

/** Names a proposal as it was shown: one of which anything has changed since is another. */
export const proposalDigest = ({ policy, exclusion: { reason: _, ...exclusion } }: Proposal): string =>
  createHash('sha256')
    .update(JSON.stringify([policy, exclusion]))
    .digest('base64url')
    .slice(0, 32);

/** @throws HubError of stores; ConsoleError CONSOLE_CHOICE */
export async function proposalsOf(asked: ProposalsAsked, view: PolicyView): Promise<Judged> {
  const { workload, days, chosen, ...words } = asked;
  const to = Date.now() + 1;
  const { exclusions } = await analyse(view.store, { workload, from: to - days * DAY, to });
  const proposals = new Map(exclusions.proposed.map((each) => [proposalDigest(each), each]));
  const wanted = chosen.map((digest) => {
    const proposal = proposals.get(digest);
    if (proposal !== undefined) return proposal;
    throw new ConsoleError('CONSOLE_CHOICE', { what: 'an exclusion' });
  });
  const [first] = wanted;
  if (first === undefined) throw new ConsoleError('CONSOLE_CHOICE', { what: 'nothing' });
  const { policy } = first;
  if (wanted.some((each) => each.policy !== policy))
    throw new ConsoleError('CONSOLE_CHOICE', { what: 'exclusions of several policies' });
  const inForce = await view.inForce(policy);
  return judged(
    {
      ...{ policy, inForce, days, event: null },
      exclusions: wanted.map(({ exclusion }) => withWords(exclusion, words)),
    },
    view,
  );
}
