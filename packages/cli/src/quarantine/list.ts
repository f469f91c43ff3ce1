/** `sluice quarantine --list`: who is cut off, and who is proposed. */
import {
  type HeldPod,
  listProposals,
  listQuarantine,
  type Proposal,
  QuarantineError,
} from '@sluice/controller/quarantine';
import type { ClusterFlags, ClusterSession, Output } from '../cluster/session.ts';
import { textTable } from '../cluster/text-table.ts';
import { safeJson } from '../events/text.ts';
import { styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { shownDuration } from './duration.ts';
import { recordToJson } from './render.ts';

export interface ListFlags extends ClusterFlags {
  readonly systemNamespace: string;
  readonly json?: true;
}

/** @param flags without a namespace, all of them */
export async function runList(
  { api }: ClusterSession,
  flags: ListFlags,
  { stdout, stderr, variables, now }: Output & { readonly now: () => number },
): Promise<number> {
  const held = await listQuarantine(api, flags.namespace);
  const { proposals, problem } = await readProposals(() => listProposals(api, flags.systemNamespace));
  const shown = proposals.filter(({ namespace }) => (flags.namespace ?? namespace) === namespace);
  if (problem !== '') stderr.write(`proposals cannot be read: ${problem}\n`);
  if (flags.json === true) {
    stdout.write(`${safeJson({ pods: held.map(heldToJson), proposals: shown.map(proposalToJson) }, 2)}\n`);
    return EXIT.ok;
  }
  const style = styleFor(stdout, variables);
  const columns = stdout.columns;
  if (held.length === 0) stdout.write('no pod is in quarantine\n');
  else
    stdout.write(
      textTable(
        ['NAMESPACE', 'POD', 'WORKLOAD', 'ENDS', 'BY', 'REASON'],
        held.map(heldRow(now())),
        style,
        columns,
      ),
    );
  if (shown.length === 0) return EXIT.ok;
  stdout.write('\nproposed:\n');
  const rows = shown.map((each) => [
    ...[
      each.namespace,
      each.pod,
      each.owner,
      `${shownDuration(now() - each.lastAt)} ago`,
      String(each.count),
    ],
    ...[each.actor, each.event === '' ? '-' : each.event, `${each.reason}; ${each.because}`],
  ]);
  const head = ['NAMESPACE', 'POD', 'WORKLOAD', 'LAST', 'TIMES', 'BY', 'EVENT', 'REASON'];
  stdout.write(textTable(head, rows, style, columns));
  return EXIT.ok;
}

/** Of Sluice's own namespace, where not everybody may look. */
async function readProposals(
  read: () => Promise<readonly Proposal[]>,
): Promise<{ readonly proposals: readonly Proposal[]; readonly problem: string }> {
  try {
    return { proposals: await read(), problem: '' };
  } catch (error) {
    if (!(error instanceof QuarantineError)) throw error;
    return { proposals: [], problem: error.message };
  }
}

const heldRow =
  (now: number) =>
  ({ pod, state }: HeldPod): readonly string[] => {
    const start = [pod.namespace, pod.name, pod.owner];
    switch (state.kind) {
      case 'held': {
        const left = state.record.until - now;
        const { actor, reason } = state.record;
        return [...start, left > 0 ? `in ${shownDuration(left)}` : 'now', actor, reason];
      }
      case 'copied':
        return [...start, 'now', '-', 'a copy of a pod that is in quarantine'];
      default:
        return [...start, 'never', '-', 'the label was set by hand: sluice quarantine --undo takes it away'];
    }
  };

const heldToJson = ({ pod, state }: HeldPod): object => ({
  ...{
    pod: `${pod.namespace}/${pod.name}`,
    uid: pod.uid,
    owner: pod.owner,
    node: pod.node,
    state: state.kind,
  },
  record: state.kind === 'held' ? recordToJson(state.record) : null,
});

const proposalToJson = ({ firstAt, lastAt, ...rest }: Proposal): object => ({
  ...rest,
  firstAt: new Date(firstAt).toISOString(),
  lastAt: new Date(lastAt).toISOString(),
});
