/** The built pages, read once: they are small, and a browser gets nothing that was not there at the start. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { HubError } from '@sluice/hub';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ConsoleError } from './errors.ts';

/** Where `vite build` of this package puts them. */
export const PAGES_FOLDER = join(import.meta.dirname, '..', 'build', 'pages');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

interface Asset {
  readonly plain: Buffer;
  readonly brotli: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** The best takes seconds, for a tenth less. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** In index.html: the library of components puts one sheet of variables into the page, which needs it. */
const NONCE_MARK = 'SLUICE_NONCE';

/**
 * Hostile text is on these pages all day. No script but ours, no sheet but ours, no frame, no form that leaves, no image from
 * elsewhere; what breaks this is reported to us.
 */
export const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    'report-uri /csp-report',
  ].join('; ');

export class Pages {
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #index: string;

  /** @throws ConsoleError CONSOLE_NOT_BUILT */
  constructor(folder: string = PAGES_FOLDER) {
    try {
      this.#index = readFileSync(join(folder, 'index.html'), 'utf8');
      this.#assets = readAssets(folder);
    } catch (cause) {
      throw new ConsoleError('CONSOLE_NOT_BUILT', { path: folder }, cause);
    }
  }

  add(app: FastifyInstance): void {
    for (const [path, asset] of this.#assets) {
      app.get(path, { schema: { hide: true } }, (request, reply) => {
        secured(reply)
          .header('cache-control', 'public, max-age=31536000, immutable')
          .header('etag', asset.etag);
        return compressed(reply.type(asset.type), asset, request.headers['accept-encoding']);
      });
    }
    // Every other address is one of the application: it knows which there are.
    app.get('/*', { schema: { hide: true } }, (request, reply) => {
      if (/^\/(?:api|assets|v1)\//.test(request.url))
        throw new HubError('HUB_NOT_FOUND', { what: 'such address' });
      const nonce = randomBytes(16).toString('base64url');
      secured(reply).header('content-security-policy', policyOf(nonce)).header('cache-control', 'no-store');
      return reply.type(TYPES['.html'] ?? '').send(this.#index.replaceAll(NONCE_MARK, nonce));
    });
  }
}

function secured(reply: FastifyReply): FastifyReply {
  return reply
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cross-origin-resource-policy', 'same-origin')
    .header('permissions-policy', 'camera=(), geolocation=(), microphone=()');
}

function compressed(
  reply: FastifyReply,
  { plain, brotli }: Asset,
  accepted: string | string[] | undefined,
): FastifyReply {
  reply.header('vary', 'accept-encoding');
  if (!/\bbr\b/.test(String(accepted))) return reply.send(plain);
  return reply.header('content-encoding', 'br').send(brotli);
}

function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const entry of readdirSync(join(folder, 'assets'), { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const plain = readFileSync(file);
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
    assets.set(`/${relative(folder, file).split(sep).join('/')}`, {
      plain,
      brotli: brotliCompressSync(plain, QUALITY),
      type,
      etag,
    });
  }
  return assets;
}
