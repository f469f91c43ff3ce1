/** Every bound of the embedded store: its unit last in the name, and why it is what it is. */

/** Bytes of a page: four or five documents of 3 KB fill one, of 8 KiB they waste a quarter. */
export const PAGE_BYTES = 16_384;

/** KiB of pages that the writer keeps in memory; the reader keeps as much. */
export const CACHE_KIB = 65_536;

/** Pages of the log before it goes into the file: 64 MiB, so that a page of an index which many batches touch is written once. */
export const CHECKPOINT_PAGES = 4_096;

/** Milliseconds that a statement waits for another process that writes. */
export const BUSY_MILLIS = 5_000;

/** Batches that wait for the writer. Each is one transaction of some 10 ms a thousand documents. */
export const APPENDS_WAITING_MAX = 64;

/** Threads that count, beside the one that finds: a page of the console asks a dozen questions at once. */
export const COUNTERS = 2;

/** Questions that wait for one of the threads that read. */
export const READS_WAITING_MAX = 256;

/** Milliseconds that a question may look into documents one by one. */
export const READ_MILLIS_MAX = 30_000;

/** Documents that are fetched by what they hold rather than walked by time: fetching costs some 5 µs each. */
export const CANDIDATES_MAX = 5_000;

/** The same where all that match are needed, so that walking by time looks at each document. */
export const CANDIDATES_OF_ALL_MAX = 100_000;

/** Terms of which one must be in a document: of more, walking is as good. */
export const CANDIDATE_TERMS_MAX = 64;

/** Digits in a row of `rule_info` that are indexed: ids of the CRS have six. */
export const WINDOW_DIGITS = 6;

/** Of one document. Beyond, it counts as one that may hold any. */
export const WINDOWS_MAX = 64;

/** Part of the store's time from which on a list of values reads an index of all of it rather than the rows of that time. */
export const FACET_PART_MIN = 0.2;

/** Groups that an aggregation holds in memory: of 200 bytes each, 200 MB. */
export const GROUPS_MAX = 1_000_000;

/** Documents that retention takes out in one step, between which batches are appended. */
export const SWEEP_DOCUMENTS = 500;

/** Pages that are given back to the file system in one step: 4 MiB. */
export const SWEEP_PAGES = 256;

/** Milliseconds between two looks at what retention has to do. */
export const SWEEP_INTERVAL_MILLIS = 30_000;

/** Rows of an older layout that are changed in one transaction: some 0.1 s. */
export const UPGRADE_ROWS = 20_000;

/** Milliseconds between two words about a step that takes long. */
export const UPGRADE_TOLD_MILLIS = 5_000;

/** Statements that are kept prepared. */
export const STATEMENTS_MAX = 256;
