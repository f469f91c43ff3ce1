/** What is said of a policy's targets of Gateway API: where it holds, what goes before it, and what it cannot hold. */
import type { WafPolicy } from '../../kinds/objects.ts';
import type { ReachedPort } from '../gateway/reach.ts';
import { NAMES_IN_MESSAGE_MAX } from '../limits.ts';
import { counted, keyOf, listed } from '../order.ts';
import type { Finding } from '../rules.ts';
import { sectionKey } from '../targets.ts';
import type { ReportContext } from './context.ts';

const portsOf = (policy: WafPolicy, { targets }: ReportContext): readonly ReachedPort[] =>
  (targets.reached.get(policy) ?? []).flatMap(({ ports }) => ports);

const text = ({ service, port }: ReachedPort): string => `${service}:${port}`;

/** What is not held, and Services that nothing can select. */
export function routedFindings(policy: WafPolicy, context: ReportContext): readonly Finding[] {
  const reached = (context.targets.reached.get(policy) ?? []).flatMap(({ findings }) => findings);
  const out = new Map<string, Finding>();
  for (const { service, via } of portsOf(policy, context)) {
    const selection = context.selections.get(service);
    if (selection === undefined || selection.ports.length > 0) continue;
    const message = `${via} leads to Service ${service}: ${selection.because}`;
    out.set(service, { reason: 'TargetNotSelected', message });
  }
  return few([...reached, ...out.values()]);
}

/** The first few of each reason, for a Gateway may have a thousand routes. */
function few(findings: readonly Finding[]): readonly Finding[] {
  return [...Map.groupBy(findings, ({ reason }) => reason).values()].flatMap((alike) => {
    const shown = alike.slice(0, NAMES_IN_MESSAGE_MAX);
    const more = alike.length - shown.length;
    if (more === 0) return shown;
    return shown.map((finding, at) =>
      at < shown.length - 1
        ? finding
        : { ...finding, message: `${finding.message} And ${more} more like it.` },
    );
  });
}

/** The oldest policies that are for the same ports by a target as specific. Of ports any one counts: what its policy does not hold has to be told. */
export function routedRivals(policy: WafPolicy, { targets }: ReportContext): readonly WafPolicy[] {
  const winners = (targets.reached.get(policy) ?? []).flatMap(({ by, ports }) =>
    ports.flatMap(({ service, port }) => {
      const there = targets.routed.get(sectionKey(service, String(port))) ?? [];
      const first = there.find((other) => other.by === by && isAlike(other.policy, policy, service));
      return first === undefined || first.policy === policy ? [] : [first.policy];
    }),
  );
  return [...new Set(winners)];
}

/** Of the Service's own namespace both, or neither. */
function isAlike(one: WafPolicy, other: WafPolicy, service: string): boolean {
  const isOwn = ({ metadata }: WafPolicy): boolean => service.startsWith(`${metadata.namespace}/`);
  return isOwn(one) === isOwn(other);
}

/** Said of a policy with which nothing is wrong; `''` where it has no such targets. */
export function routedText(policy: WafPolicy, context: ReportContext): string {
  const ports = portsOf(policy, context);
  if (ports.length === 0) return '';
  const winner = ({ service, port }: ReachedPort): WafPolicy | null =>
    context.claims.services.get(service)?.ports.find((view) => view.port.port === port)?.policy ?? null;
  const over = ports.filter((port) => winner(port) !== policy);
  const held = [...new Set(ports.filter((port) => winner(port) === policy).map(text))];
  const others = [...new Set(over.map((port) => winner(port)).filter((each) => each !== null))];
  const remarks = (context.targets.reached.get(policy) ?? []).flatMap((reach) => reach.remarks);
  return [
    held.length === 0
      ? ''
      : ` Of its routes' Services, on ${counted(held.length, 'port')}, whoever asks and by whatever host and path: ${listed(held, NAMES_IN_MESSAGE_MAX)}.`,
    others.length === 0
      ? ''
      : ` More specific on ${listed([...new Set(over.map(text))], NAMES_IN_MESSAGE_MAX)}: ${listed(others.map(({ metadata }) => keyOf(metadata)).sort())}.`,
    remarks.length === 0 ? '' : ` ${remarks.slice(0, NAMES_IN_MESSAGE_MAX).join(' ')}`,
  ].join('');
}
