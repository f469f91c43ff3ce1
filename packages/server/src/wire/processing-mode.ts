/** The modes of Envoy's external processing (proto/processing_mode.proto), in the order of their numbers. */
export const BODY_SEND_MODES = [
  'NONE',
  'STREAMED',
  'BUFFERED',
  'BUFFERED_PARTIAL',
  'FULL_DUPLEX_STREAMED',
  'GRPC',
] as const;
export type BodySendMode = (typeof BODY_SEND_MODES)[number];

export const HEADER_SEND_MODES = ['DEFAULT', 'SEND', 'SKIP'] as const;
export type HeaderSendMode = (typeof HEADER_SEND_MODES)[number];
