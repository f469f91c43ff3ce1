/** Shards that fail make an error, never a smaller answer; a stream that is not there yet is an empty one. */
export const WHOLE_ANSWER = { allow_partial_search_results: false, ignore_unavailable: true } as const;
