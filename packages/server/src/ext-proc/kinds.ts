/** What sort of message it is, by its headers: which must never be held, and which have no end. */
import type { HeaderList } from '@sluice/engine';

const GRPC = /^application\/grpc(?:\+[a-z0-9.+-]+)?\s*(?:;|$)/i;

/** Media types of responses that go on for as long as somebody listens. */
const ENDLESS =
  /^(?:text\/event-stream|multipart\/x-mixed-replace|application\/grpc(?:-web(?:-text)?)?(?:\+[a-z0-9.+-]+)?)\s*(?:;|$)/i;

const DIGITS = /^[0-9]{1,15}$/;

export interface MessageKind {
  /** From `:method`, `:status`; empty where it is not there. */
  readonly method: string;
  readonly status: number;
  /** Messages of gRPC, each of which the other side waits for. */
  readonly isGrpc: boolean;
  /** Bytes in both directions behind the headers: an upgrade as Envoy reads it, or CONNECT. */
  readonly isTunnel: boolean;
  /** By its media type, a response that has no end. */
  readonly isEndless: boolean;
  /** From Content-Length; null where it says none, or not one number. */
  readonly contentLength: number | null;
  /** It says that a body of HTTP follows. */
  readonly announcesBody: boolean;
}

/** Names are in lower case, as Envoy gives them. */
export function kindOf(headers: HeaderList): MessageKind {
  let method = '';
  let status = 0;
  let contentType = '';
  let upgrade = false;
  let connectionUpgrade = false;
  let protocol = false;
  let transferEncoding = false;
  let length: string | null = null;
  let lengthsDiffer = false;
  for (const [name, value] of headers) {
    if (name === ':method') method = value;
    else if (name === ':status') status = Number(value);
    else if (name === ':protocol') protocol = true;
    else if (name === 'content-type' && contentType === '') contentType = value;
    else if (name === 'upgrade') upgrade ||= !/^\s*(?:h2c\s*)?$/i.test(value);
    else if (name === 'connection') connectionUpgrade ||= /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(value);
    else if (name === 'content-length') {
      const text = value.trim();
      lengthsDiffer ||= length !== null && length !== text;
      length = text;
    } else if (name === 'transfer-encoding') transferEncoding = true;
  }
  const isNumber = length !== null && !lengthsDiffer && DIGITS.test(length);
  const contentLength = isNumber ? Number(length) : null;
  return {
    method,
    status,
    isGrpc: GRPC.test(contentType),
    // Envoy upgrades no connection without both, and none to h2c: nobody talks a body out of inspection with less.
    isTunnel: method === 'CONNECT' || protocol || (upgrade && connectionUpgrade),
    isEndless: ENDLESS.test(contentType),
    contentLength,
    announcesBody: transferEncoding || lengthsDiffer || (contentLength ?? 0) > 0,
  };
}
