/** The workload behind Envoy: keeps what reaches it, byte for byte, and answers 200. */
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface Arrival {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Workload {
  readonly host: string;
  readonly port: number;
  readonly arrivals: Arrival[];
  close(): Promise<void>;
}

const HEADER_BYTES_MAX = 2_097_152;

export async function startWorkload(): Promise<Workload> {
  const arrivals: Arrival[] = [];
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', rawHeaders } = request;
      arrivals.push({ method, url, rawHeaders, body: Buffer.concat(chunks) });
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end('workload');
    });
  });
  // Envoy keeps connections: one that is closed under a request that is on its way is a 503 to the client.
  server.keepAliveTimeout = 0;
  const host = '127.0.0.1';
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    host,
    port,
    arrivals,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
