/** What is kept of an object's metadata. */
import type { RawMeta, RawObject } from '../cluster/source.ts';
import type { ObjectMeta } from '../kinds/objects.ts';

const OURS = /^(?:[a-z0-9.-]+\.)?(?:sluice\.dev|projectcalico\.org)\//;

/** Annotations hold up to 256 KiB of anything: those are kept that something is read from. */
export function annotationsOf({ annotations }: RawMeta): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => OURS.test(name)));
}

export function metadataOf({ metadata }: RawObject): ObjectMeta {
  const { name, namespace, uid, generation = 0, creationTimestamp, resourceVersion, labels = {} } = metadata;
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...{ uid, generation, creationTimestamp, resourceVersion, labels },
    annotations: annotationsOf(metadata),
  };
}
