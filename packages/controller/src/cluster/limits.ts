/** Bounds and times of what is asked of an API server. */

/** For a connection and the head of an answer; a server that is up takes milliseconds. */
export const CONNECT_MILLIS_MAX = 15_000;
/** For a whole page of a list. */
export const LIST_MILLIS_MAX = 60_000;
/** Requests at once; watches have connections of their own. */
export const REQUESTS_MAX = 16;
/** Bytes of an answer. An object has 3 MiB at most (etcd's 1.5 MiB, as JSON), a page of pods 5 MB. */
export const ANSWER_BYTES_MAX = 67_108_864;
/** Bytes of an event of a watch: one object, with what JSON makes of it. */
export const EVENT_BYTES_MAX = 16_777_216;

/** Objects a page: pods have about 10 KB. A page that is too large is asked for anew with half of it, one that took so long that the list is gone with twice. */
export const PAGE_OBJECTS = 500;
export const PAGE_OBJECTS_MAX = 8_000;

/** Objects of a kind that are kept. Kubernetes is meant for 150,000 pods at most. */
export const OBJECTS_MAX = 200_000;

/** The API server ends a watch after a time between this and twice this, as client-go has it: watches spread over servers anew. */
export const WATCH_SECONDS_MIN = 300;
/** A watch without a byte for so long is ended: a bookmark comes each minute, and a connection that is half open says nothing ever. */
export const SILENCE_MILLIS_MAX = 90_000;
/** All of a kind is listed anew after so long: whatever a server may have left out (its data restored from a backup) comes right. */
export const RELIST_MILLIS = 1_800_000;
/** Between two attempts; it doubles with each that fails in turn, half of it at random. */
export const RETRY_MILLIS_MIN = 250;
export const RETRY_MILLIS_MAX = 10_000;
/** A watch that lived so long is no part of a series of failures. */
export const STEADY_MILLIS = 5_000;
/** Between two looks for a kind that is not installed. */
export const ABSENT_MILLIS = 10_000;
/** A kind whose objects are known counts as not installed after so long only: a server that starts may not know all kinds yet. */
export const ABSENT_CONFIRM_MILLIS = 20_000;
