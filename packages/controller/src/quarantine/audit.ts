/** What is told of each act: a Kubernetes Event beside the pod, and a document for the store of events. */
import { createHash } from 'node:crypto';
import type { Document } from '@sluice/spool';
import type { Api } from '../apply/api.ts';
import { ask, segment } from './api.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import { REPORTER } from './names.ts';
import type { TargetPod } from './pod.ts';
import type { QuarantineRecord } from './record.ts';

/** `expired`: undone by itself, because its time was over. */
export type Act = 'quarantined' | 'released' | 'expired' | 'proposed';

export interface Deed {
  readonly act: Act;
  readonly pod: Pick<TargetPod, 'namespace' | 'name' | 'uid' | 'owner'>;
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  /** Who did it: who undid it, where it is a release. */
  readonly actor: string;
  readonly reason: string;
  /** Milliseconds since the epoch; null where it says nothing. */
  readonly until: number | null;
  /** Id of the event that it is because of; `''` where there is none. */
  readonly event: string;
}

const REASONS: Readonly<Record<Act, string>> = {
  quarantined: 'Quarantined',
  released: 'QuarantineReleased',
  expired: 'QuarantineExpired',
  proposed: 'QuarantineProposed',
};

/** The Kubernetes Event. Its name follows from what it tells, so that telling it twice makes one. */
export function kubernetesEvent(deed: Deed, instance: string): object {
  const { act, pod, at } = deed;
  return {
    ...{ apiVersion: 'events.k8s.io/v1', kind: 'Event' },
    metadata: { name: `${pod.name.slice(0, 200)}.${idOf(deed).slice(-16)}`, namespace: pod.namespace },
    eventTime: new Date(at).toISOString().replace('Z', '000Z'),
    type: act === 'quarantined' || act === 'proposed' ? 'Warning' : 'Normal',
    reason: REASONS[act],
    action: 'Quarantine',
    note: noteOf(deed),
    regarding: { apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid },
    reportingController: REPORTER,
    reportingInstance: instance,
  };
}

function noteOf({ act, actor, reason, until, event }: Deed): string {
  const parts = [
    ...[`${act} by ${actor}`],
    ...(until === null ? [] : [`until ${new Date(until).toISOString()}`]),
    ...(event === '' ? [] : [`event ${event}`]),
    ...(reason === '' ? [] : [reason]),
  ];
  return parts.join('; ').slice(0, QUARANTINE_LIMITS.noteCharactersMax);
}

/** @returns why it could not be told; `''` where it was */
export async function tellCluster(api: Api, deed: Deed, instance: string): Promise<string> {
  const path = `/apis/events.k8s.io/v1/namespaces/${segment(deed.pod.namespace)}/events`;
  const answer = await ask(api, { method: 'POST', path, body: kubernetesEvent(deed, instance) });
  // It was told before.
  if (answer.ok || answer.refusal.reason === 'AlreadyExists') return '';
  return answer.refusal.message;
}

/** What the store keeps. The id follows from the deed: told again after a restart it is stored once. */
export function documentOf(deed: Deed, version: string): Document {
  const { act, pod, at, actor, reason, until, event } = deed;
  const timestamp = new Date(at).toISOString();
  return {
    '@timestamp': timestamp,
    ecs: { version: '8.17.0' },
    event: {
      id: idOf(deed),
      kind: 'event',
      category: ['configuration'],
      type: ['change'],
      action: `quarantine-${act}`,
      outcome: 'success',
      dataset: 'sluice.waf',
      module: 'sluice',
      reason: noteOf(deed),
    },
    observer: { vendor: 'Sluice', product: 'sluice', type: 'waf', version },
    waf: {
      schema: 1,
      quarantine: {
        act,
        namespace: pod.namespace,
        pod: pod.name,
        uid: pod.uid,
        owner: pod.owner,
        actor,
        reason,
        ...(until === null ? {} : { until: new Date(until).toISOString() }),
        ...(event === '' ? {} : { event }),
      },
    },
  };
}

/** By the pod, what was done to it and when, and until when. */
function idOf({ act, pod, at, until }: Deed): string {
  const digest = createHash('sha256').update(`${act}\0${pod.uid}\0${at}\0${until}`).digest('hex');
  return `quarantine-${digest.slice(0, 32)}`;
}

export const deedOf = (
  act: Act,
  pod: Deed['pod'],
  record: QuarantineRecord,
  at: number = record.since,
): Deed => ({
  ...{ act, pod, at },
  ...{ actor: record.actor, reason: record.reason, until: record.until, event: record.event },
});
