/**
 * The shop of the demo. IT IS VULNERABLE ON PURPOSE: /search puts what the client sent into its SQL. It listens on
 * 127.0.0.1 only, and its database lives in memory.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { DemoError } from './errors.ts';
import { PRODUCTS, USERS } from './shop-data.ts';
import { SHOP_PAGE } from './shop-page.ts';

export interface Shop {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Bytes of a form. */
const BODY_BYTES_MAX = 1_048_576;

/**
 * @param port 0 takes a free one
 * @throws DemoError DEMO_SHOP_PORT
 */
export async function startShop(port: number): Promise<Shop> {
  const database = openDatabase();
  const server = createServer((request, response) => void answer(database, request, response));
  // Envoy keeps connections: one that is closed under a request that is on its way is a 503 to the client.
  server.keepAliveTimeout = 0;
  const host = '127.0.0.1';
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    database.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DemoError('DEMO_SHOP_PORT', { port, reason }, cause);
  }
  return { host, port: portOf(server), close: () => close(server, database) };
}

function openDatabase(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  database.exec(`
    CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, description TEXT, cents INTEGER);
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password_hash TEXT);
  `);
  const product = database.prepare('INSERT INTO products (name, description, cents) VALUES (?, ?, ?)');
  for (const row of PRODUCTS) product.run(...row);
  const user = database.prepare('INSERT INTO users (email, password_hash) VALUES (?, ?)');
  for (const row of USERS) user.run(...row);
  return database;
}

/** THE HOLE: `q` is text of the client's, and becomes a part of the statement. */
function search(database: DatabaseSync, q: string): readonly unknown[] {
  return database.prepare(`SELECT id, name, description, cents FROM products WHERE name LIKE '%${q}%'`).all();
}

async function answer(
  database: DatabaseSync,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://shop');
    const form = request.method === 'POST' ? new URLSearchParams(await readBody(request)) : null;
    if (url.pathname === '/') send(response, 200, 'text/html; charset=utf-8', SHOP_PAGE);
    else if (url.pathname === '/search') {
      const rows = search(database, form?.get('q') ?? url.searchParams.get('q') ?? '');
      send(response, 200, 'application/json', JSON.stringify(rows));
    } else send(response, 404, 'application/json', JSON.stringify({ error: 'no such page' }));
  } catch (error) {
    // A careless shop tells the attacker what went wrong, too.
    send(response, 500, 'application/json', JSON.stringify({ error: String(error) }));
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function close(server: Server, database: DatabaseSync): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
  database.close();
}
