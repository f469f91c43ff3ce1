/** `sluice explain SERVICE`, as the command line calls it. */
import { ControllerError } from '@sluice/controller';
import { ClusterView, explainService, lookAtService, viewOf } from '@sluice/controller/view';
import type { EventStore } from '@sluice/hub';
import type { ClusterFlags, ClusterSession, Output } from '../cluster/session.ts';
import type { StoreAddress } from '../events/address.ts';
import { safeJson } from '../events/text.ts';
import { styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { refuseHiddenServices } from '../status/command.ts';
import { type Recent, recentOf } from './recent.ts';
import { renderExplanation } from './render.ts';

export interface ExplainServiceFlags extends ClusterFlags {
  readonly systemNamespace: string;
  readonly hub?: string;
  readonly from: string;
  readonly json?: true;
}

export interface ExplainServiceEnvironment extends Output {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** @throws ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID */
  readonly cluster: (flags: ClusterFlags) => ClusterSession;
  readonly open: (address: StoreAddress) => Promise<EventStore>;
}

/** Names of Services: a DNS label, and nothing that a path or a query could take for something else. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @throws ControllerError SERVICE_UNKNOWN, SERVICES_HIDDEN, and the errors of clusters and stores */
export async function runExplainService(
  text: string,
  flags: ExplainServiceFlags,
  environment: ExplainServiceEnvironment,
): Promise<number> {
  const session = environment.cluster(flags);
  const service = serviceOf(text, flags.namespace, session.namespace);
  const [namespace = ''] = service.split('/');
  const { systemNamespace } = flags;
  const view = new ClusterView({ client: session.api, namespace, systemNamespace, now: environment.now });
  await view.start();
  try {
    const seen = await view.seen();
    refuseHiddenServices(seen);
    const options = viewOf(seen);
    const state = lookAtService(service, options);
    if (state === null) throw new ControllerError('SERVICE_UNKNOWN', { service });
    const explanation = explainService(state, options);
    const recent: Recent | null =
      flags.hub === undefined ? null : await recentOf(service, { ...flags, store: flags.hub }, environment);
    const { stdout, variables } = environment;
    const { unseen } = seen;
    stdout.write(
      flags.json === true
        ? `${safeJson({ ...explanation, recent, unseen }, 2)}\n`
        : renderExplanation({ ...explanation, recent, unseen }, styleFor(stdout, variables)),
    );
  } finally {
    await view.stop();
  }
  return EXIT.ok;
}

/** @returns `namespace/name` @throws ControllerError SERVICE_UNKNOWN */
function serviceOf(text: string, namespace: string | undefined, ofContext: string): string {
  const [first = '', second, ...rest] = text.split('/');
  const of = second === undefined ? (namespace ?? ofContext) : first;
  const name = second ?? first;
  const isOther = second !== undefined && namespace !== undefined && namespace !== first;
  if (rest.length > 0 || isOther || !NAME.test(of) || !NAME.test(name))
    throw new ControllerError('SERVICE_UNKNOWN', { service: JSON.stringify(text) });
  return `${of}/${name}`;
}
