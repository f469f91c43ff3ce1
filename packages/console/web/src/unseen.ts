/** Characters that are not seen, or that turn the direction of what follows: shown, and written in queries, by their number. */
export const UNSEEN =
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
