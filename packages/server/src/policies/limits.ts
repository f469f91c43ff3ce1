/** Every bound of policies: its unit last in the name. They bound what a configuration may cost, and are not settings. */
export const POLICY_LIMITS = Object.freeze({
  /** Exclusions of one policy. */
  exclusionsMax: 1_000,
  /** Rules, tags, targets, paths, hosts, ports, routes or media types of one list. */
  namesMax: 1_000,
  /** Addresses and ranges of one list. */
  networksMax: 10_000,
  /** Bytes of a body, whatever a policy says. */
  bodyBytesMax: 1_073_741_824,
  /** Bodies of one block page. */
  pagesMax: 8,
  /** Characters of one template. */
  pageCharactersMax: 65_536,
  /** Headers of one block page. */
  pageHeadersMax: 32,
  /** Entries of `select.destinations`, and of `select.stricter`. */
  entriesMax: 1_000,
  /** Rule sets of all policies together, with what `select.stricter` makes of them: each is linked and kept. */
  variantsMax: 1_024,
});

/** The engine's POLICY_RULE_IDS: the configuration is read where there is no engine. A test compares them. */
export const RESERVED_RULE_IDS = Object.freeze({ first: 90_000_000, last: 90_999_999 });
