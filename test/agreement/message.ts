/** A message as both evaluations get it. Strings hold one byte a character. */
import type { HeaderList, HttpRequestAttributes } from '../../packages/engine/src/index.ts';

export interface Message {
  readonly method: string;
  readonly uri: string;
  readonly protocol: string;
  readonly headers: HeaderList;
  readonly body: string;
  /** The body comes in chunks of these sizes, what is left in one more; empty for one chunk. */
  readonly chunks: readonly number[];
  readonly truncated: boolean;
  readonly client: string;
  readonly response: MessageResponse | null;
}

export interface MessageResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

export const PLAIN_MESSAGE: Message = {
  method: 'GET',
  uri: '/',
  protocol: 'HTTP/1.1',
  headers: [['Host', 'shop.example']],
  body: '',
  chunks: [],
  truncated: false,
  client: '192.0.2.1',
  response: null,
};

export const attributesOf = (message: Message, id: string): HttpRequestAttributes => ({
  id,
  method: message.method,
  uri: message.uri,
  protocol: message.protocol,
  headers: message.headers,
  client: { address: message.client, port: 40_000 },
  server: { address: '192.0.2.2', port: 80 },
});

export function chunksOf({ body, chunks }: Message): readonly Buffer[] {
  const bytes = Buffer.from(body, 'latin1');
  const cut: Buffer[] = [];
  let at = 0;
  for (const size of chunks) {
    cut.push(bytes.subarray(at, at + size));
    at += size;
  }
  return at < bytes.length ? [...cut, bytes.subarray(at)] : cut;
}

/** Smaller messages to try in its place, the boldest first. */
export function* smallerMessages(message: Message): Generator<Message> {
  if (message.response !== null) yield { ...message, response: null };
  if (message.chunks.length > 0) yield { ...message, chunks: [] };
  if (message.chunks.length > 1)
    yield { ...message, chunks: message.chunks.slice(0, message.chunks.length >> 1) };
  if (message.truncated) yield { ...message, truncated: false };
  for (const key of ['uri', 'method', 'protocol', 'client'] as const) {
    if (message[key] !== PLAIN_MESSAGE[key]) yield { ...message, [key]: PLAIN_MESSAGE[key] };
  }
  for (const index of message.headers.keys())
    yield { ...message, headers: message.headers.toSpliced(index, 1) };
  for (const body of smallerTexts(message.body)) yield { ...message, body };
  for (const uri of smallerTexts(message.uri)) yield { ...message, uri };
  for (const [index, [name, value]] of message.headers.entries()) {
    for (const text of smallerTexts(value))
      yield { ...message, headers: message.headers.with(index, [name, text]) };
  }
  const { response } = message;
  if (response === null) return;
  for (const index of response.headers.keys())
    yield { ...message, response: { ...response, headers: response.headers.toSpliced(index, 1) } };
  for (const body of smallerTexts(response.body)) yield { ...message, response: { ...response, body } };
}

/** The text without a half, a quarter … a character of it, each from every place. */
export function* smallerTexts(text: string): Generator<string> {
  if (text !== '') yield '';
  for (let size = text.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < text.length; at += size) yield text.slice(0, at) + text.slice(at + size);
  }
}
