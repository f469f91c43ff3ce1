/** What is done before a controller watches: the definitions of its kinds. A cluster that is not up yet is waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, ControllerError, installDefinitions, type Log, logInstalled } from '@sluice/controller';

const AGAIN_MILLIS_MIN = 1_000;
const AGAIN_MILLIS_MAX = 15_000;

export interface BeginOptions {
  readonly api: Api;
  readonly log: Log;
  readonly calico: boolean;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Why it waits; `''` where it does not any more. */
  readonly onWaiting: (reason: string) => void;
}

/**
 * @returns whether the definitions are there; false where it was told to stop
 * @throws ControllerError KUBERNETES_REFUSED, which names the right that is missing, DEFINITION_NOT_SERVED
 */
export async function installWhenUp({ api, log, calico, signal, onWaiting }: BeginOptions): Promise<boolean> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      logInstalled(await installDefinitions(api, { calico }), log);
      onWaiting('');
      return true;
    } catch (error) {
      if (!mayPass(error)) throw error;
      const { message: reason, remedy } = error;
      onWaiting(reason);
      log.warn({ error: reason, remedy }, 'the API server cannot be asked yet; it is asked again');
      await sleep(Math.min(AGAIN_MILLIS_MAX, AGAIN_MILLIS_MIN * 2 ** failures), undefined, { signal }).catch(
        () => undefined, // Told to stop it stops to wait.
      );
    }
  }
  return false;
}

const PASSING = /^(?:429|5\d\d)$/;

/** Nobody answers, or it is not ready: not a matter of rights. */
function mayPass(error: unknown): error is ControllerError {
  if (!(error instanceof ControllerError)) return false;
  if (error.code === 'KUBERNETES_UNREACHABLE') return true;
  return error.code === 'KUBERNETES_REFUSED' && PASSING.test(statusOf(error));
}

const statusOf = ({ details }: ControllerError): string => String(details.status ?? '');
