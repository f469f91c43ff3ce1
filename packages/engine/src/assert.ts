/** Programmer errors: these stop the caller and are never part of handling a request's content. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** Throws when a condition that the code itself guarantees does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** Marks a switch as total: the compiler refuses a call with a case left over. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable: ${String(value)}`);
}
