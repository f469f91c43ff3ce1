/** Who may ask: on a loopback address everybody there, elsewhere who has the token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { HubError } from '../errors.ts';
import { TOKEN_LENGTH_MIN } from '../limits.ts';
import type { WatchedFiles } from './files.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** An address, or the name that every machine has for its own; any other name may come to mean another machine. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === 'localhost';
  return LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** @throws HubError HUB_FILE */
export function tokenOf(files: WatchedFiles<'token'>, path: string): string {
  const token = files.contents.token.toString('utf8').trim();
  if (token.length >= TOKEN_LENGTH_MIN && /^[\x21-\x7e]+$/.test(token)) return token;
  const reason = `a token has ${TOKEN_LENGTH_MIN} characters or more, all of them printable ASCII without spaces`;
  throw new HubError('HUB_FILE', { path, reason });
}

/** The token of `Authorization: Bearer`. */
export const bearerIn = (authorization = ''): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(authorization)?.[1];

/** @param token read at each request, since its file may have changed */
export function demandToken(app: FastifyInstance, token: () => string): void {
  app.addHook('onRequest', async (request, reply) => {
    const given = bearerIn(request.headers.authorization);
    // Digests have one length, and take the same time to compare.
    if (given !== undefined && timingSafeEqual(digest(given), digest(token()))) return;
    void reply.header('www-authenticate', 'Bearer');
    throw new HubError('HUB_UNAUTHORIZED');
  });
}

/**
 * A page in a browser on this machine can send requests to loopback addresses under a name of its own that it lets point
 * there, and read the answers.
 */
export function demandLoopbackName(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const host = (request.headers.host ?? '').replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
    if (!isLoopback(host)) throw new HubError('HUB_HOST', { host: host.slice(0, 100) });
  });
}
