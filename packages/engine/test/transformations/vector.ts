/** What a transformation makes of a value, in groups that each name the specification they come from. */

/** Bytes, one a character. */
export type TransformationCase = readonly [input: string, output: string];

export interface TransformationVectors {
  readonly groups: readonly {
    /** The document and its place, or what ModSecurity 2 is documented to do. */
    readonly source: string;
    readonly cases: readonly TransformationCase[];
  }[];
}
