/** One order for everything, so that the same world gives the same plan however its maps were filled. */
import { CALICO_PREFIX } from '../kinds/names.ts';
import type { ObjectMeta } from '../kinds/objects.ts';

/** By UTF-16 code units: the same on every machine, whatever its locale. */
export const byText = (left: string, right: string): number => {
  if (left === right) return 0;
  return left < right ? -1 : 1;
};

export const byKey = <T>(left: readonly [string, T], right: readonly [string, T]): number =>
  byText(left[0], right[0]);

/** `namespace/name`, or name. */
export const keyOf = ({ namespace, name }: Pick<ObjectMeta, 'namespace' | 'name'>): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

interface Dated {
  readonly metadata: ObjectMeta;
}

const isCalico = ({ metadata }: Dated): boolean => metadata.name.startsWith(CALICO_PREFIX);

/**
 * The oldest first, and of the same age by namespace and name: Gateway API's rule for two policies on one target (GEP-713). What was translated
 * from Calico's kinds comes behind all of ours.
 */
export const byAge = (left: Dated, right: Dated): number =>
  Number(isCalico(left)) - Number(isCalico(right)) ||
  byText(left.metadata.creationTimestamp, right.metadata.creationTimestamp) ||
  byText(keyOf(left.metadata), keyOf(right.metadata));

/** Adds to a list in a map of lists. */
export function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Names in a sentence: the first few, and how many more. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** `1 pod`, `2 pods`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The same value with its keys in order, all the way down. */
export function ordered<T>(value: T): T;
export function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => ordered(entry));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(byKey)
      .map(([key, entry]) => [key, ordered(entry)]),
  );
}
