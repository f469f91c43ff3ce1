/** Between Envoy's messages as they stand on the wire and what an exchange is told and says. */

import type { ProcessingRequest } from '../wire/processing-request.ts';
import { encodeContinue, encodeImmediate, encodeTimeoutOverride } from '../wire/processing-response.ts';
import type { StreamMessage, StreamReply } from './messages.ts';

export function toMessage(request: ProcessingRequest): StreamMessage {
  const { kind, headers, headersCut, body, endOfStream } = request;
  switch (kind) {
    case 'requestHeaders':
    case 'responseHeaders':
      return { kind, headers, headersCut, endOfStream };
    case 'requestBody':
    case 'responseBody':
      return { kind, body, endOfStream };
    case 'requestTrailers':
    case 'responseTrailers':
      return { kind, headers, headersCut };
  }
}

export function encodeReply(reply: StreamReply): Uint8Array {
  switch (reply.kind) {
    case 'continue':
      return reply.metadata === null
        ? encodeContinue(reply.to)
        : encodeContinue(reply.to, { metadata: reply.metadata });
    case 'immediate':
      return encodeImmediate(reply);
    case 'wait':
      return encodeTimeoutOverride(reply.millis);
  }
}
