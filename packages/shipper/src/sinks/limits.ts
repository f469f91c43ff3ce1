/** Bounds of the sinks: the unit last in the name. What a configuration can set has its default here. */

/** Time of one request, from its first byte to the last of its answer. */
export const REQUEST_MILLIS_MAX = 30_000;

/** Bytes of one request, before compression. What is more goes in several. */
export const REQUEST_BYTES_MAX = 4_194_304;

/** Bytes of an answer. More counts as no answer. */
export const ANSWER_BYTES_MAX = 16_777_216;

/** Connections that a sink keeps to its receiver. */
export const SOCKETS_MAX = 4;

/** Characters of a receiver's reason that are repeated in logs and dead letters. */
export const REASON_LENGTH_MAX = 500;

/** Bytes of a file behind which the next one begins. */
export const FILE_BYTES_MAX = 104_857_600;

/** Files that are kept, the one that is written to included. */
export const FILES_MAX = 5;

/** Bytes of one syslog message over a stream. Receivers have to take 2,048 and should take 8,192 (RFC 5425 §4.3.1). */
export const SYSLOG_STREAM_BYTES_MAX = 8_192;

/** Bytes of one syslog message in a datagram: no fragments on an Ethernet, IPv6 and its extensions included. */
export const SYSLOG_DATAGRAM_BYTES_MAX = 1_180;

/** Time for a connection to be made. */
export const CONNECT_MILLIS_MAX = 10_000;
