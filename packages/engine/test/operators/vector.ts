/** What an operator answers, in groups that each name the specification they come from. */
import type { Captures } from '../../src/operators/operator.ts';

/** Bytes, one a character; of an operator that reads a file, its lines. */
export type VectorArgument = string | readonly string[];

/** `true` is a match that captures nothing. */
export type OperatorCase = readonly [argument: VectorArgument, value: string, expected: boolean | Captures];

export interface OperatorVectors {
  readonly groups: readonly {
    /** The document and its place, or what ModSecurity 2 is documented to do. */
    readonly source: string;
    readonly cases: readonly OperatorCase[];
  }[];
  /** Arguments that are no argument: refused with a coded error when the operator is made, or when a macro gives them. */
  readonly refused?: readonly string[];
  /** The same of lines of a file. */
  readonly refusedLines?: readonly (readonly string[])[];
}
