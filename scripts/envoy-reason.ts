/** The reason for a setting of Envoy's configuration. */

export interface Reason {
  /** As in envoy-samples.ts. A path that ends in `*` is for all that begin so. */
  readonly path: string;
  readonly why: string;
}

export interface Section {
  readonly title: string;
  readonly reasons: readonly Reason[];
}

export const because = (path: string, why: string): Reason => ({ path, why });
