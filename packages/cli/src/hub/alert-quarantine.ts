/** Quarantine that an alert asks for: proposed, or done where the installation says so. */
import { type Api, AutomaticQuarantine, QuarantineError } from '@sluice/controller/quarantine';
import type { AlertDefinition, AlertNotice, Attempt } from '@sluice/hub';

/** What may be otherwise at the next attempt. */
const PASSING: readonly string[] = ['QUARANTINE_CONFLICT', 'QUARANTINE_PROPOSALS_FULL'];

/** @returns what became of it; errors are in the attempt */
export function quarantineBy(api: Api, systemNamespace: string) {
  const automatic = new AutomaticQuarantine({ api, systemNamespace });
  return async (notice: AlertNotice, definition: AlertDefinition): Promise<Attempt> => {
    const { namespace, pod, uid } = notice.source;
    const source = {
      ...{ id: notice.event ?? '', namespace: namespace ?? '' },
      ...{ pod: pod ?? '', uid: uid ?? '' },
    };
    try {
      const { kind } = await automatic.handle({
        ...{ alert: notice.alert, reason: notice.summary, source },
        ...wayOf(definition, source.namespace),
      });
      return { outcome: 'told', status: null, reason: kind };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      const isFinal = error instanceof QuarantineError && !PASSING.includes(error.code);
      return { outcome: isFinal ? 'never' : 'again', status: null, reason: code };
    }
  };
}

/** Who may write alerts in one namespace does not cut off pods of another: that is proposed, and a person decides. */
function wayOf({ namespace, quarantine }: AlertDefinition, ofPod: string) {
  const { automatic, expirySeconds } = quarantine ?? {};
  const isForeign = namespace !== null && namespace !== ofPod;
  const way = isForeign ? 'Propose' : automatic;
  return {
    ...(way === undefined ? {} : { automatic: way }),
    ...(expirySeconds === undefined ? {} : { seconds: expirySeconds }),
  };
}
