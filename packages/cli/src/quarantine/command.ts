/** `sluice quarantine`, as the command line calls it. */
import {
  parseTarget,
  QUARANTINE_LIMITS,
  Quarantine,
  QuarantineError,
  type QuarantineResult,
  type Target,
  targetOf,
  whoAmI,
} from '@sluice/controller/quarantine';
import type { EventStore } from '@sluice/hub';
import type { ClusterFlags, ClusterSession, Output } from '../cluster/session.ts';
import type { StoreAddress } from '../events/address.ts';
import { withStore } from '../events/session.ts';
import { safeJson } from '../events/text.ts';
import { styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { parseDuration } from './duration.ts';
import { sourceOf } from './event-source.ts';
import { runList } from './list.ts';
import { type Attempt, attemptToJson, objectsText, renderAttempt } from './render.ts';

export interface QuarantineFlags extends ClusterFlags {
  readonly event?: string;
  readonly store?: string;
  readonly reason?: string;
  readonly for?: string;
  readonly force?: true;
  readonly dryRun?: true;
  readonly undo?: true;
  readonly list?: true;
  readonly systemNamespace: string;
  readonly json?: true;
}

export interface QuarantineEnvironment extends Output {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly host: string;
  /** @throws ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID */
  readonly cluster: (flags: ClusterFlags) => ClusterSession;
  readonly open: (address: StoreAddress) => Promise<EventStore>;
}

/**
 * @returns the exit code: 1 where one of the pods was refused; the others are dealt with nevertheless
 * @throws QuarantineError QUARANTINE_OPTION, QUARANTINE_TARGET, QUARANTINE_EVENT_UNKNOWN, and the errors of clusters and stores
 */
export async function runQuarantine(
  pods: readonly string[],
  flags: QuarantineFlags,
  environment: QuarantineEnvironment,
): Promise<number> {
  checkCall(pods, flags);
  const seconds = flags.for === undefined ? undefined : parseDuration(flags.for);
  const session = environment.cluster(flags);
  if (flags.list === true) return runList(session, flags, environment);
  const targets = await targetsOf(pods, flags, session, environment);
  const { api } = session;
  const actor = await whoAmI(api);
  const { now, host } = environment;
  const quarantine = new Quarantine({ api, actor, origin: 'person', now, instance: host });
  const attempts: Attempt[] = [];
  for (const { text, target } of targets) {
    const act = (): Promise<QuarantineResult> =>
      flags.undo === true
        ? quarantine.release(target, { reason: flags.reason ?? '', dryRun: flags.dryRun === true })
        : quarantine.put(target, {
            reason: flags.reason ?? 'no reason given',
            ...(seconds === undefined ? {} : { seconds }),
            ...(flags.event === undefined ? {} : { event: flags.event }),
            ...{ force: flags.force === true, dryRun: flags.dryRun === true },
          });
    attempts.push(await attempt(text, act));
  }
  say(attempts, flags, environment);
  return attempts.every(({ error }) => error === null) ? EXIT.ok : EXIT.failed;
}

async function attempt(text: string, act: () => Promise<QuarantineResult>): Promise<Attempt> {
  try {
    return { text, result: await act(), error: null };
  } catch (error) {
    // What is refused of one pod says nothing of the next; that the cluster is away does.
    if (error instanceof QuarantineError) return { text, result: null, error };
    throw error;
  }
}

function say(attempts: readonly Attempt[], flags: QuarantineFlags, environment: QuarantineEnvironment): void {
  const { stdout, stderr, variables, now } = environment;
  if (flags.json === true) {
    stdout.write(`${safeJson({ pods: attempts.map(attemptToJson) }, 2)}\n`);
    return;
  }
  const style = styleFor(stdout, variables);
  for (const each of attempts) {
    const isRefused = each.error !== null;
    (isRefused ? stderr : stdout).write(renderAttempt(each, now(), style));
    if (flags.dryRun === true && each.result !== null) stdout.write(objectsText(each.result));
  }
}

function checkCall(pods: readonly string[], flags: QuarantineFlags): void {
  const refuse = (option: string, reason: string): never => {
    throw new QuarantineError('QUARANTINE_OPTION', { option, reason });
  };
  const { event, list, undo, reason = '' } = flags;
  if (list === true && (pods.length > 0 || event !== undefined || undo === true))
    refuse('--list', 'it takes neither pods, --event nor --undo');
  if (list !== true && pods.length === 0 && event === undefined) refuse('POD', 'no pod is named');
  if (pods.length > 0 && event !== undefined) refuse('--event', 'the event names the pod: name no other');
  if (undo === true && flags.for !== undefined) refuse('--for', 'what is undone has no time');
  if (reason.length > QUARANTINE_LIMITS.reasonCharactersMax)
    refuse('--reason', `longer than ${QUARANTINE_LIMITS.reasonCharactersMax} characters`);
}

interface Named {
  readonly text: string;
  readonly target: Target;
}

async function targetsOf(
  pods: readonly string[],
  flags: QuarantineFlags,
  session: ClusterSession,
  environment: QuarantineEnvironment,
): Promise<readonly Named[]> {
  const { event, namespace } = flags;
  if (event !== undefined) {
    const source = await withStore(flags, environment, (store) => sourceOf(store, event));
    return [{ text: `${source.namespace}/${source.pod}`, target: targetOf(source) }];
  }
  return pods.map((text) => ({ text, target: namedTarget(text, namespace, session.namespace) }));
}

/** A name alone is one of the context's namespace; a UID is looked for in all of them. */
function namedTarget(text: string, namespace: string | undefined, ofContext: string): Target {
  const isWhole = namespace !== undefined || text.includes('/');
  const target = parseTarget(text, isWhole ? namespace : ofContext);
  return isWhole || target.kind === 'name' ? target : { kind: 'uid', uid: target.uid };
}
