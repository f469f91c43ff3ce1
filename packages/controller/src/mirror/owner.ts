/**
 * What a pod belongs to in the end, by its own names alone: ReplicaSets and Jobs are not asked for. A cluster keeps ten old
 * ReplicaSets of each Deployment, more objects than pods, and the names say the same:
 *
 * - a Deployment's ReplicaSet is named `NAME-HASH`, and its pods carry HASH in the label `pod-template-hash`
 *   (kubernetes pkg/controller/deployment/sync.go);
 * - a CronJob's Job is named `NAME-MINUTES`, the minutes from 1970 to the time it was scheduled for
 *   (kubernetes pkg/controller/cronjob/cronjob_controllerv2.go, getJobName).
 */
import type { RawMeta } from '../cluster/source.ts';

const HASH_LABEL = 'pod-template-hash';
/** Argo's Rollouts name theirs alike. */
const ROLLOUT_HASH_LABEL = 'rollouts-pod-template-hash';
const MINUTE_MILLIS = 60_000;
/** A Job may start late, and try a failed pod again for days. */
const LATE_MINUTES_MAX = 14 * 24 * 60;

/** `Deployment/shop`; `Pod/NAME` where it belongs to nothing. */
export function ownerOf({ name, labels = {}, ownerReferences = [], creationTimestamp }: RawMeta): string {
  const owner = ownerReferences.find(({ controller }) => controller);
  if (owner === undefined) return `Pod/${name}`;
  if (owner.kind === 'ReplicaSet') {
    const deployment = withoutHash(owner.name, labels[HASH_LABEL]);
    if (deployment !== null) return `Deployment/${deployment}`;
    const rollout = withoutHash(owner.name, labels[ROLLOUT_HASH_LABEL]);
    if (rollout !== null) return `Rollout/${rollout}`;
  }
  if (owner.kind === 'Job') {
    const cronJob = withoutMinutes(owner.name, creationTimestamp);
    if (cronJob !== null) return `CronJob/${cronJob}`;
  }
  return `${owner.kind}/${owner.name}`;
}

function withoutHash(name: string, hash: string | undefined): string | null {
  if (hash === undefined || hash === '' || !name.endsWith(`-${hash}`)) return null;
  return name.slice(0, -hash.length - 1) || null;
}

/** A Job that somebody has named after a date has another number. */
function withoutMinutes(name: string, creationTimestamp: string): string | null {
  const [, cronJob, minutes] = /^(.+)-(\d{8})$/.exec(name) ?? [];
  if (cronJob === undefined) return null;
  const late = Date.parse(creationTimestamp) / MINUTE_MILLIS - Number(minutes);
  return late >= -1 && late <= LATE_MINUTES_MAX ? cronJob : null;
}
