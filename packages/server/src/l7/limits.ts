/** What the L7 view may cost. `l7` in sluice.yaml sets the first five; the others bound what a client may make of a path. */

export interface L7Settings {
  /** Time that one document tells of. */
  readonly intervalMillis: number;
  /** Workloads by address, port, route and policy. What is beyond counts as one for each policy. */
  readonly destinationsMax: number;
  /** Path templates of one destination, what paths begin with included. What is beyond counts as `{other}`. */
  readonly templatesMax: number;
  /** Clients by address in one interval. What is beyond counts as one. */
  readonly sourcesMax: number;
  /** Groups, so documents of one interval. What is beyond counts in coarser ones, of which there are a quarter as many. */
  readonly groupsMax: number;
}

export const DEFAULT_L7: L7Settings = Object.freeze({
  intervalMillis: 60_000,
  destinationsMax: 256,
  templatesMax: 512,
  sourcesMax: 4_096,
  groupsMax: 20_000,
});

export const L7_LIMITS = Object.freeze({
  /** Groups of one client in one interval: a fortieth of all, so that one that scans leaves room for the others. */
  groupsPerSourceMax: 512,
  /** Values at one place of a path that stand in templates as they are. With one more, those that are rare become `{…}`. */
  valuesMax: 50,
  /** Parts of the requests at a place, one in so many, that keep a value as it is when the others become `{…}`. */
  keptShare: 20,
  /** Segments of a path. Those behind become one `{…}`. */
  segmentsMax: 16,
  /** Characters of a segment that may be a word. */
  wordCharsMax: 64,
  /** Characters of a path that are looked at. A longer one counts as `{other}`. */
  pathCharsMax: 4_096,
  /** Paths of which the template is remembered, of all destinations. */
  rememberedPathsMax: 4_096,
  /** Characters of a path that is remembered. */
  rememberedCharsMax: 256,
  /** Time for which templates are kept: then a destination's are learned anew. */
  templatesKeptMillis: 86_400_000,
  /** Documents that are made in one turn of the event loop. */
  documentsATurn: 100,
});
