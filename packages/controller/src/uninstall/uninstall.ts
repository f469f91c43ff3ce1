/**
 * What has to be undone before Sluice's own objects go: nodes release what they intercept while their agents still run, and what the
 * controller has written is removed.
 *
 *     controller to 0 ─▶ its Lease taken ─▶ webhook removed ─▶ nothing selected ─▶ all nodes say so, connections end ─▶ objects removed
 *
 * Done in this order it can be begun again wherever it was interrupted. Policies and definitions stay: they are their authors'. Pods in quarantine stay there: nobody who removes a firewall has said that an attacker be let out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../apply/api.ts';
import { CONFIG_MAPS, collectionPath, SLUICE_NODES, WORKLOAD_SLICES } from '../apply/resources.ts';
import { CONTENT_LABEL, QUARANTINE_LABEL } from '../kinds/names.ts';
import { Elector } from '../lease/elector.ts';
import { leasePath } from '../lease/record.ts';
import type { Term } from '../lease/term.ts';
import type { Log } from '../log.ts';
import { SECRET_NAME } from '../webhook/certificates/keeper.ts';
import { WEBHOOK_NAME } from '../webhook/configuration.ts';
import { UninstallError } from './errors.ts';
import { released, selectNothing } from './nodes.ts';
import { ask, list, nameOf, namespaceOf, remove, removeAll } from './requests.ts';

export interface UninstallOptions {
  readonly api: Api;
  readonly log: Log;
  /** Sluice's own. */
  readonly namespace: string;
  readonly leaseName: string;
  /** Deployment of the controller. */
  readonly deployment: string;
  /** For the controller to go, and then for nodes to release. */
  readonly timeoutSeconds: number;
  /** That connections through Envoy have, once nothing is selected. */
  readonly drainSeconds: number;
}

export interface Uninstalled {
  /** Nodes that had something to release. */
  readonly nodes: readonly string[];
  /** Objects that were removed. */
  readonly removed: number;
  /** `namespace/name` of pods that are still in quarantine. */
  readonly quarantined: readonly string[];
}

/** @throws UninstallError, ControllerError KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED */
export async function uninstall(options: UninstallOptions): Promise<Uninstalled> {
  const { api, log, namespace, deployment, leaseName: name, timeoutSeconds } = options;
  const scale = `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}/scale`;
  const contentType = 'application/merge-patch+json';
  const scaled = await ask(api, {
    method: 'PATCH',
    path: scale,
    body: { spec: { replicas: 0 } },
    contentType,
  });
  log.info({ deployment, found: scaled !== null }, 'uninstall: the controller is to end');
  const lease = { namespace, name };
  const outcome = Promise.withResolvers<Uninstalled>();
  // Whoever has the Lease is the only one who writes: a controller that still runs would select all again.
  const elector = new Elector({
    ...{ api, log, lease, identity: `uninstall_${crypto.randomUUID()}` },
    lead: (term) =>
      work(options, term).then(outcome.resolve, (error) => outcome.reject(causeOf(error, term))),
  });
  elector.start();
  const timer = setTimeout(() => {
    if (elector.leading) return;
    const details = { lease: name, holder: elector.leader || 'nobody', seconds: timeoutSeconds };
    outcome.reject(new UninstallError('UNINSTALL_CONTROLLER', details));
  }, 1_000 * timeoutSeconds);
  try {
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
    await elector.stop();
    await outcome.promise.then(
      () => remove(api, leasePath(lease)),
      // Of one that failed the Lease stays, for the next.
      () => undefined,
    );
  }
}

/** What a term that has ended throws says nothing to whoever called. */
function causeOf(error: unknown, { signal }: Term): unknown {
  if (!signal.aborted) return error;
  return new UninstallError('UNINSTALL_INTERRUPTED', { reason: String(signal.reason) }, error);
}

async function work(options: UninstallOptions, { signal }: Term): Promise<Uninstalled> {
  const { api, log, timeoutSeconds: seconds, drainSeconds } = options;
  // It would refuse every change of our kinds once nobody answers.
  await remove(api, `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${WEBHOOK_NAME}`);
  const nodes = await selectNothing(api, signal);
  log.info({ nodes: nodes.length }, 'uninstall: nodes are told to release what they intercept');
  await released(api, nodes, { until: performance.now() + 1_000 * seconds, seconds, signal });
  if (nodes.length > 0) {
    log.info({ seconds: drainSeconds }, 'uninstall: connections that go through Envoy have time to end');
    await sleep(1_000 * drainSeconds, undefined, { signal });
  }
  const removed = await removeWritten(options, signal);
  const pods = await list(api, '/api/v1/pods', QUARANTINE_LABEL);
  return { nodes, removed, quarantined: pods.map((pod) => `${namespaceOf(pod)}/${nameOf(pod)}`) };
}

async function removeWritten({ api, namespace }: UninstallOptions, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for (const resource of [SLUICE_NODES, WORKLOAD_SLICES]) {
    signal.throwIfAborted();
    removed += await removeAll(api, collectionPath(resource, ''));
  }
  removed += await removeAll(api, collectionPath(CONFIG_MAPS, namespace), CONTENT_LABEL);
  const secret = await remove(api, `/api/v1/namespaces/${namespace}/secrets/${SECRET_NAME}`);
  return removed + (secret ? 1 : 0);
}
