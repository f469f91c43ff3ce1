/** A look at a cluster, for people. */
import type { Look, ObjectState, ServiceState, ServiceVerdict, Unseen } from '@sluice/controller/view';
import { textTable } from '../cluster/text-table.ts';
import { oneLine } from '../events/text.ts';
import type { Style } from '../inspect/render-value.ts';
import { shownDuration } from '../quarantine/duration.ts';

export interface Screen {
  readonly style: Style;
  /** Undefined where it is no terminal. */
  readonly columns: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function renderStatus(look: Look, screen: Screen): string {
  return [
    headline(look, screen.style),
    services(look, screen),
    objects(look, screen),
    nodes(look, screen),
    ...unseenLines(look.unseen, screen.style),
  ].join('');
}

const selectedOf = ({ services: all }: Look): readonly ServiceState[] =>
  all.filter(({ selected }) => selected);

function headline(look: Look, { bold, dim }: Style): string {
  const selected = selectedOf(look);
  const enforced = selected.filter(({ verdict }) => verdict === 'Enforced').length;
  const heard = look.nodes.filter(({ isSilent }) => !isSilent).length;
  const words = `${selected.length} ${selected.length === 1 ? 'Service' : 'Services'} selected, ${enforced} enforced`;
  const nodesSeen = look.nodes.length === 0 ? '' : `; ${heard} of ${look.nodes.length} nodes heard`;
  const advice =
    look.services.length === 0 ? dim('Annotate a Service with sluice.dev/inspect=true to begin.\n') : '';
  return `${bold(words)}${nodesSeen}\n${advice}`;
}

const SHOWN: Readonly<Record<ServiceVerdict, string>> = {
  ...{ NotSelected: 'not selected', NoPods: 'no pods', Enforced: 'enforced', PartlyEnforced: 'partly' },
  ...{ NotEnforced: 'NOT ENFORCED', NotProbed: 'not probed', Off: 'off', Unknown: 'unknown' },
};

function services(look: Look, { style, columns }: Screen): string {
  if (look.services.length === 0) return '';
  const rows = look.services.map((each) => {
    const [namespace = '', name = ''] = each.service.split('/');
    const enforced = each.pods.filter(({ verdict }) => verdict === 'Enforced').length;
    const counts = each.selected
      ? [`${enforced}/${each.pods.length}`, `${each.nodes.enforced}/${each.nodes.all}`]
      : ['-', '-'];
    const mode = each.mode ?? (each.selected ? '?' : '-');
    const policy = each.policy ?? (each.selected ? '?' : '-');
    const why = each.selected ? each.why : each.because;
    return [namespace, name, mode, policy, SHOWN[each.verdict], ...counts, why === '' ? '-' : why];
  });
  const head = ['NAMESPACE', 'SERVICE', 'MODE', 'POLICY', 'ENFORCED', 'PODS', 'NODES', 'WHY'];
  return `\n${textTable(head, rows, style, columns)}`;
}

function objects({ objects: all }: Look, { style, columns }: Screen): string {
  // How far enforcement has come the Services' table says.
  const rows = all.flatMap((object) =>
    object.troubles.filter(({ type }) => type !== 'Enforcing').map((trouble) => rowOf(object, trouble)),
  );
  if (rows.length === 0) return '';
  const head = ['KIND', 'NAME', 'CONDITION', 'REASON', 'MESSAGE'];
  return `\n${style.yellow('not in force as written:')}\n${textTable(head, rows, style, columns)}`;
}

const rowOf = (
  { kind, key }: ObjectState,
  { type, status, reason, message }: ObjectState['troubles'][number],
) => [...[kind, key, `${type} ${status}`, reason, message]];

/** Those that have something to say. */
function nodes({ nodes: all }: Look, { style, columns, now }: Screen): string {
  const rows = all
    .filter(({ isSilent, problem }) => isSilent || problem !== '')
    .map(({ node, heardAt, problem, pods }) => [
      ...[node, heardAt === null ? 'never' : `${shownDuration(now - Date.parse(heardAt))} ago`],
      ...[`${pods.enforced}/${pods.all}`, problem === '' ? 'no pod of Sluice reports from it' : problem],
    ]);
  if (rows.length === 0) return '';
  return `\n${style.yellow('nodes:')}\n${textTable(['NODE', 'HEARD', 'PODS', 'PROBLEM'], rows, style, columns)}`;
}

/** What is missing for want of rights, or because it is not installed. */
export function unseenLines(unseen: readonly Unseen[], { yellow }: Style): readonly string[] {
  const of = (state: Unseen['state']): readonly string[] =>
    [...new Set(unseen.filter((each) => each.state === state).map(({ kind }) => kind))].sort();
  const [hidden, absent] = [of('forbidden'), of('absent')];
  const lines = [
    ...(hidden.length === 0
      ? []
      : [`not shown to you: ${hidden.join(', ')}. The roles of docs/status.md show them.`]),
    ...(absent.length === 0
      ? []
      : [`not installed: ${absent.join(', ')}. The chart installs them, and so does sluice crds apply.`]),
  ];
  return lines.map((line, at) => `${at === 0 ? '\n' : ''}${yellow(oneLine(line))}\n`);
}
