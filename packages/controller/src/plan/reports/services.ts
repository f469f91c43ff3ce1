/** What is said of Services: selected or not, what their ports speak, which policy they have. */
import type { ServicePortView, ServiceView } from '../claims.ts';
import { effectiveOf } from '../nodes.ts';
import type { ServiceReport } from '../plan.ts';
import type { ReportContext } from './context.ts';

/** Of each that is selected, or of which an annotation or a policy speaks; sorted. */
export function serviceReports(context: ReportContext): readonly ServiceReport[] {
  return [...context.claims.services.values()]
    .filter(({ selection }) => selection.ports.length > 0 || selection.spokenOf)
    .map((view) => serviceReport(view, context));
}

export function serviceReport(view: ServiceView, context: ReportContext): ServiceReport {
  const { selection, remarks } = view;
  const selected = selection.ports.length > 0;
  const pods = selected ? view.pods.filter((key) => context.claims.pods.has(key)) : [];
  const ports = view.ports.map((port) => portReport(port, view, context));
  const [main] = ports;
  const exceptions = pods.flatMap((pod) => {
    const reason = context.nodes.exceptions.get(pod);
    return reason === undefined ? [] : [{ pod, reason }];
  });
  return {
    service: selection.key,
    selected,
    because: [selection.because, ...remarks.map((remark) => `${remark}.`)].join(' '),
    policy: main?.policy ?? null,
    mode: main?.mode ?? null,
    ports: ports.map(({ policy, mode, ...port }) =>
      policy === main?.policy ? port : { ...port, policy, mode },
    ),
    pods: pods.length,
    exceptions,
  };
}

/** As its pods have it, where there are any: a policy of theirs may be another's than the Service's. */
function portReport(
  { port, declaration, containerPorts, policy }: ServicePortView,
  view: ServiceView,
  context: ReportContext,
) {
  const [pod] = view.pods.flatMap((key) => context.claims.pods.get(key) ?? []);
  const there = pod?.ports.find(({ number }) => containerPorts.includes(number));
  const namespace = view.selection.service.metadata.namespace ?? '';
  const effective = effectiveOf(
    there === undefined ? policy : there.policy,
    context.namespaces.governing(namespace),
    context.policies,
  );
  const { protocol, because } = there ?? declaration;
  const mode = effective.settings.mode ?? 'Detect';
  return {
    port: port.port,
    containerPorts,
    protocol,
    because: because + consequence(protocol, mode, effective.settings.uninspected, there?.tlsSecret ?? null),
    policy: effective.planned.name,
    mode,
  };
}

function consequence(
  protocol: string,
  mode: string,
  uninspected: 'Allow' | 'Refuse' | undefined,
  key: string | null,
): string {
  if (protocol === 'http' || protocol === 'h2c' || key !== null) return '';
  const why = protocol === 'tls' ? 'without a key it cannot be inspected' : 'it cannot be inspected';
  return mode === 'Block' && uninspected !== 'Allow'
    ? `; ${why}, and Block refuses it unless the policy says uninspected: Allow`
    : `; ${why}, and goes by`;
}
