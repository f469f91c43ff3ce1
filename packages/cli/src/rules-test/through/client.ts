/** Sends the bytes of a request as they are, and reads one response. */
import { connect } from 'node:net';
import { fromBytes } from '../latin1.ts';

export interface RawResponse {
  /** 0 where no status line came. */
  readonly status: number;
  /** All that was read, latin1. */
  readonly text: string;
  /** What ended the wait. */
  readonly end: 'complete' | 'closed' | 'silence';
}

/** An Envoy that has not answered by then waits for more of the request. */
const SILENCE_MILLIS_MAX = 3_000;

/** @param onPort is told the port that it comes from, before anything is sent */
export function sendRaw(
  port: number,
  request: Uint8Array,
  onPort: (port: number) => void,
): Promise<RawResponse> {
  const isHead = fromBytes(request.subarray(0, 5)) === 'HEAD ';
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port });
    const timer = setTimeout(() => conclude('silence'), SILENCE_MILLIS_MAX);
    const conclude = (end: RawResponse['end']): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = fromBytes(Buffer.concat(chunks));
      resolve({ status: statusOf(text), text, end });
    };
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (isComplete(fromBytes(Buffer.concat(chunks)), isHead)) conclude('complete');
    });
    // A reset in the middle of sending is an answer, too: what came before it is all there is.
    socket.once('error', () => conclude('closed'));
    socket.once('close', () => conclude('closed'));
    socket.once('connect', () => {
      onPort(socket.localPort ?? 0);
      socket.write(request);
    });
  });
}

const statusOf = (text: string): number => Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);

function isComplete(text: string, isHead: boolean): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = text.slice(0, end);
  if (isHead || /^HTTP\/1\.[01] (?:204|304)/.test(head)) return true;
  const body = text.slice(end + 4);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  if (/^transfer-encoding: *chunked/im.test(head)) return /(?:^|\r\n)0\r\n\r\n$/.test(body);
  return false;
}
