/** Conditions of our kinds: which are to be written. Remembers what was written, because the world hears of it later. */
import type { Condition, ConditionFact } from '../conditions.ts';
import { CALICO_PREFIX } from '../kinds/names.ts';
import type { ObjectReport } from '../plan/plan.ts';
import type { World } from '../world.ts';
import {
  type ConditionChange,
  changesBetween,
  conditionsOf,
  sameButMessages,
  sameOrder,
} from './conditions.ts';
import { CONDITION_MESSAGE_MILLIS } from './limits.ts';
import { reportedIn } from './reported.ts';

export interface StatusWish {
  readonly kind: ObjectReport['kind'];
  readonly key: string;
  readonly uid: string;
  readonly conditions: readonly Condition[];
  /** As they stand. */
  readonly previous: readonly Condition[];
  readonly changes: readonly ConditionChange[];
}

interface Written {
  readonly uid: string;
  readonly conditions: readonly Condition[];
  readonly atMillis: number;
}

/** Conditions that are said of an object beside what the plan says, in place of those of the same type. */
export type Overlay = ReadonlyMap<string, readonly ConditionFact[]>;

export const overlayKey = (kind: ObjectReport['kind'], key: string): string => `${kind}/${key}`;

const nameIn = (key: string): string => key.slice(key.indexOf('/') + 1);

const text = (conditions: readonly Condition[]): string => JSON.stringify(sameOrder(conditions));

export class Statuses {
  readonly #written = new Map<string, Written>();
  /** On their way, or waiting for it. */
  readonly #wanted = new Map<string, Omit<Written, 'atMillis'>>();

  /** What is to be written, and whether some of it waits because only messages differ. */
  wishes(
    reports: readonly ObjectReport[],
    world: World,
    overlay: Overlay,
    now: Date = new Date(),
  ): { readonly wishes: readonly StatusWish[]; readonly delayed: boolean } {
    const wishes: StatusWish[] = [];
    let delayed = false;
    for (const report of reports) {
      const reported = reportedIn(world, report.kind, report.key);
      // What was translated from Calico's kinds is no object of ours.
      if (reported === null || nameIn(report.key).startsWith(CALICO_PREFIX)) continue;
      const { uid } = reported.metadata;
      const written = this.#of(report, uid);
      const previous = written?.conditions ?? reported.conditions;
      const facts = merge(report.conditions, overlay.get(overlayKey(report.kind, report.key)) ?? []);
      const key = overlayKey(report.kind, report.key);
      const wanted = this.#wanted.get(key);
      const bases = [previous, ...(wanted?.uid === uid ? [wanted.conditions] : [])];
      const conditions = conditionsOf(facts, report.generation, bases, now);
      if (text(conditions) === text(previous)) {
        this.#wanted.delete(key);
        continue;
      }
      const soon =
        performance.now() - (written?.atMillis ?? Number.NEGATIVE_INFINITY) < CONDITION_MESSAGE_MILLIS;
      if (soon && sameButMessages(conditions, previous)) {
        delayed = true;
        continue;
      }
      this.#wanted.set(key, { uid, conditions });
      const changes = changesBetween(previous, conditions);
      wishes.push({ kind: report.kind, key: report.key, uid, conditions, previous, changes });
    }
    return { wishes, delayed };
  }

  #of({ kind, key }: ObjectReport, uid: string): Written | undefined {
    const written = this.#written.get(overlayKey(kind, key));
    return written?.uid === uid ? written : undefined;
  }

  written({ kind, key, uid, conditions }: StatusWish): void {
    this.#written.set(overlayKey(kind, key), { uid, conditions, atMillis: performance.now() });
  }

  /** From now on the world says what stands: somebody may have changed what was written. */
  forget(): void {
    this.#written.clear();
  }
}

function merge(facts: readonly ConditionFact[], over: readonly ConditionFact[]): readonly ConditionFact[] {
  const types = new Set(over.map(({ type }) => type));
  return [...facts.filter(({ type }) => !types.has(type)), ...over];
}
