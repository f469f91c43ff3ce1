/** Every bound of what writes to the API server: its unit last in the name, and why it is what it is. */

/** Requests on their way at once. More do not make the API server faster: four cores write 100 to 200 objects a second. */
export const WRITES_MAX = 12;
/** After which a write counts as unanswered, and is tried again. */
export const WRITE_MILLIS_MAX = 10_000;
/** What a term's requests may last beyond its end: the difference to the Lease's duration leaves more. */
export const WRITE_BEYOND_TERM_MILLIS = 2_000;
/** Between a write that failed and the next attempt, doubling. */
export const RETRY_MILLIS_MIN = 250;
export const RETRY_MILLIS_MAX = 60_000;
/** While the API server does not answer at all: when it is back, nobody should wait for a minute. */
export const RETRY_UNREACHABLE_MILLIS_MAX = 5_000;
/** What the API server may ask for by Retry-After. */
export const RETRY_AFTER_MILLIS_MAX = 60_000;
/** Failures in turn from which on a write is told as failing. */
export const FAILURES_TOLD = 3;
/** Objects whose failures are told by name; the others are counted. */
export const FAILURES_NAMED_MAX = 3;

/** Objects of a page of a list: one of policies may hold 1 MiB each. */
export const PAGE_OBJECTS_MAX = 50;
export const LIST_MILLIS_MAX = 30_000;

/** Between two comparisons of all that stands in the API server with what should: somebody may have changed or deleted it. */
export const AUDIT_MILLIS = 300_000;
/** After which a new leader compares for the first time: what the one before it had on its way has arrived by then. */
export const AUDIT_FIRST_MILLIS = 20_000;

/** How long nothing must have named a policy's ConfigMap before it is deleted: a node that was away finds what it had. */
export const POLICY_UNUSED_MILLIS = 3_600_000;
/** A SluiceNode without pods whose node has said nothing for so long is deleted. */
export const NODE_SILENT_MILLIS = 86_400_000;

/** Of metav1.Condition. */
export const CONDITION_MESSAGE_CHARACTERS_MAX = 32_768;
/** Between two writes of one object's conditions of which only messages differ: `on 3 of 50 nodes` changes fifty times. */
export const CONDITION_MESSAGE_MILLIS = 2_000;

/** Of an Event's note. */
export const EVENT_NOTE_CHARACTERS_MAX = 1_024;
/** Events that may be told of one object at once, and after which time one more. */
export const EVENTS_PER_OBJECT = 5;
export const EVENT_PER_OBJECT_MILLIS = 60_000;
/** The same for all objects together. */
export const EVENTS_BURST = 100;
export const EVENT_MILLIS = 100;
/** Events that wait; further ones are counted and left out. */
export const EVENTS_WAITING_MAX = 500;
/** Objects of which it is remembered how many Events they had; the longest unheard of is forgotten. */
export const EVENT_OBJECTS_MAX = 10_000;
