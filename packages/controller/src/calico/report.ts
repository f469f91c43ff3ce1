/** What is said of an object of Calico's while it is translated. */

import type { ObjectMeta } from '../kinds/objects.ts';
import { parseMetadata } from '../kinds/parse.ts';
import { fieldPath, issueProblems } from '../kinds/problems.ts';
import type { CalicoReport } from '../world.ts';
import { CALICO_KINDS, type CalicoKind } from './kinds.ts';

type Json = Readonly<Record<string, unknown>>;

export interface RawCalicoObject {
  readonly metadata: unknown;
  readonly spec?: unknown;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Collects what is not honoured of one object. */
export class Reporter {
  readonly kind: CalicoKind;
  readonly metadata: ObjectMeta;
  readonly #notHonoured: { path: string; reason: string }[] = [];
  #accepted = true;

  constructor(kind: CalicoKind, raw: RawCalicoObject) {
    this.kind = kind;
    this.metadata = parseMetadata(raw.metadata);
  }

  /** A field that has no effect; the rest of the object has. */
  note(path: string, reason: string): void {
    this.#notHonoured.push({ path, reason });
  }

  /** Nothing of the object has any effect. */
  refuse(path: string, reason: string): void {
    this.#accepted = false;
    this.note(path, reason);
  }

  /** A spec by its schema; fields that Calico is not known to have are told. @returns null where it is refused */
  read<Kind extends CalicoKind>(
    kind: Kind,
    spec: unknown,
  ): ReturnType<(typeof CALICO_KINDS)[Kind]['spec']['parse']> | null {
    const { data, error } = CALICO_KINDS[kind].spec.safeParse(spec ?? {});
    if (error !== undefined) {
      for (const { path, message } of error.issues.flatMap((issue) => issueProblems(issue, 'spec'))) {
        this.refuse(path, message);
      }
      return null;
    }
    this.#unknown(data, Object.keys(CALICO_KINDS[kind].spec.shape));
    return data as ReturnType<(typeof CALICO_KINDS)[Kind]['spec']['parse']>;
  }

  #unknown(spec: unknown, known: readonly string[]): void {
    if (!isObject(spec)) return;
    for (const name of Object.keys(spec).filter((each) => !known.includes(each))) {
      this.note(fieldPath('spec', [name]), 'Sluice does not know it');
    }
  }

  get report(): CalicoReport {
    const { group, version, kind } = CALICO_KINDS[this.kind];
    const { name, namespace = '', generation } = this.metadata;
    return {
      apiVersion: `${group}/${version}`,
      kind,
      namespace,
      name,
      generation,
      accepted: this.#accepted,
      notHonoured: this.#notHonoured,
    };
  }
}
