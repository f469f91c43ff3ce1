/** A multipart upload of any length, sent no faster than it is taken. */
import { connect, type Socket } from 'node:net';
import { lines } from './envoy-client.ts';

export interface Upload {
  readonly fileBytes: number;
  /** A field behind the file. */
  readonly field: string;
  /** A field in front of it. */
  readonly first?: string;
}

const BLOCK = Buffer.alloc(262_144, 'a');

const part = (name: string, value: string): string =>
  `--frontier\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('drain', () => resolve());
  });

/** Resolves to all that came back until the other side closed. */
export async function upload(port: number, { fileBytes, field, first = 'hose' }: Upload): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  // A server that refuses while more is being sent resets the connection; what it said before counts.
  socket.on('error', () => socket.destroy());
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  const file =
    'Content-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream';
  const front = `${part('first', first)}--frontier\r\n${file}\r\n\r\n`;
  const back = `\r\n${part('q', field)}--frontier--\r\n`;
  const head = [
    'POST /upload HTTP/1.1',
    'Host: shop.example',
    'User-Agent: Mozilla/5.0',
    'Accept: */*',
    'Connection: close',
    'Content-Type: multipart/form-data; boundary=frontier',
  ];
  const length = front.length + fileBytes + back.length;
  socket.write(lines(...head, `Content-Length: ${length}`, '') + front);
  let left = fileBytes;
  while (left > 0 && socket.writable) {
    const block = BLOCK.subarray(0, Math.min(left, BLOCK.byteLength));
    left -= block.byteLength;
    if (!socket.write(block)) await Promise.race([drained(socket), closed]);
  }
  if (socket.writable) socket.write(back, 'latin1');
  await closed;
  return received;
}
