/** `sluice status`, as the command line calls it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ControllerError } from '@sluice/controller';
import { ClusterView, type Look, lookAt, type Seen } from '@sluice/controller/view';
import type { ClusterFlags, ClusterSession, Output } from '../cluster/session.ts';
import { safeJson } from '../events/text.ts';
import { styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { renderStatus } from './render.ts';

export interface StatusFlags extends ClusterFlags {
  readonly systemNamespace: string;
  readonly json?: true;
  readonly watch?: true;
}

export interface StatusEnvironment extends Output {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** @throws ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID */
  readonly cluster: (flags: ClusterFlags) => ClusterSession;
  /** Ends --watch. */
  readonly signal: AbortSignal;
}

/** Between two looks of --watch: what changes meanwhile is shown together. */
const LOOK_MILLIS_MIN = 500;
/** A node that goes silent changes no object. */
const LOOK_MILLIS_MAX = 15_000;
const CLEAR = '\x1b[H\x1b[2J\x1b[3J';

/** @throws ControllerError KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED, CLUSTER_NOT_READ, SERVICES_HIDDEN */
export async function runStatus(flags: StatusFlags, environment: StatusEnvironment): Promise<number> {
  const { api } = environment.cluster(flags);
  const { namespace = null, systemNamespace } = flags;
  const view = new ClusterView({ client: api, namespace, systemNamespace, now: environment.now });
  await view.start();
  try {
    if (flags.watch === true) await follow(view, flags, environment);
    else show(await lookOf(view), flags, environment);
  } finally {
    await view.stop();
  }
  return EXIT.ok;
}

async function lookOf(view: ClusterView): Promise<Look> {
  const seen = await view.seen();
  refuseHiddenServices(seen);
  return lookAt(seen);
}

/** Without them there is nothing to tell. @throws ControllerError SERVICES_HIDDEN */
export function refuseHiddenServices({ unseen, namespace }: Seen): void {
  const services = unseen.find(({ kind, state }) => kind === 'Service' && state === 'forbidden');
  if (services === undefined) return;
  const where = namespace ?? 'all namespaces (name one of yours with -n)';
  throw new ControllerError('SERVICES_HIDDEN', { namespace: where, reason: services.problem });
}

async function follow(view: ClusterView, flags: StatusFlags, environment: StatusEnvironment): Promise<void> {
  const { signal } = environment;
  let change = Promise.withResolvers<void>();
  const unsubscribe = view.onChange(() => change.resolve());
  let before = '';
  while (!signal.aborted) {
    // What changes while it is looked is looked at again.
    change = Promise.withResolvers<void>();
    const look = await lookOf(view);
    const text = safeJson(look);
    if (text !== before) show(look, flags, environment);
    before = text;
    const waiting = new AbortController();
    await Promise.race([change.promise, pause(LOOK_MILLIS_MAX, AbortSignal.any([signal, waiting.signal]))]);
    waiting.abort();
    await pause(LOOK_MILLIS_MIN, signal);
  }
  unsubscribe();
}

/** Shorter where the signal ends it: the loop looks at the signal. */
const pause = (millis: number, signal: AbortSignal): Promise<unknown> =>
  sleep(millis, undefined, { signal }).catch(
    () => undefined, // It was told to end.
  );

function show(look: Look, flags: StatusFlags, { stdout, variables, now }: StatusEnvironment): void {
  if (flags.json === true) {
    stdout.write(`${flags.watch === true ? safeJson(look) : safeJson(look, 2)}\n`);
    return;
  }
  const isPage = flags.watch === true && stdout.isTTY === true;
  const text = renderStatus(look, {
    style: styleFor(stdout, variables),
    columns: stdout.columns,
    now: now(),
  });
  stdout.write(isPage ? `${CLEAR}${text}` : text);
}
