/** What was computed of an object is computed again only where something that it depends on is another object. */

interface Kept {
  readonly inputs: readonly unknown[];
  readonly value: unknown;
}

/**
 * The mirror gives the same object for the same version, so identity is enough. What is kept goes with its object.
 */
export class Memo<Value> {
  readonly #kept = new WeakMap<object, Kept>();

  /** @param make a pure function of `owner` and `inputs` */
  of(owner: object, inputs: readonly unknown[], make: () => Value): Value {
    const kept = this.#kept.get(owner);
    const isSame =
      kept?.inputs.length === inputs.length && inputs.every((input, at) => Object.is(input, kept.inputs[at]));
    if (isSame) return kept.value as Value;
    const value = make();
    this.#kept.set(owner, { inputs, value });
    return value;
  }
}
