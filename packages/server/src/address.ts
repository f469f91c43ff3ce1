/** Addresses to listen on: `unix:/path` and `tcp:host:port`, IPv6 hosts in brackets. */
import { ServerError } from './errors.ts';

export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Where a server listens: port 0 has become the real one. */
export type BoundAddress = ListenAddress;

/** sun_path of sockaddr_un on Linux, less its ending NUL. */
const SOCKET_PATH_BYTES_MAX = 107;

const HOST_PORT = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):([0-9]{1,5})$/;

/** @throws ServerError ADDRESS_INVALID */
export function parseAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) return parseSocketPath(text, text.slice('unix:'.length));
  if (text.startsWith('tcp:')) return { kind: 'tcp', ...parseHostPort(text.slice('tcp:'.length)) };
  throw new ServerError('ADDRESS_INVALID', { address: text, reason: 'neither unix: nor tcp:' });
}

function parseSocketPath(address: string, path: string): ListenAddress {
  if (!path.startsWith('/'))
    throw new ServerError('ADDRESS_INVALID', { address, reason: 'not an absolute path' });
  if (path.includes('\0')) throw new ServerError('ADDRESS_INVALID', { address, reason: 'a NUL in the path' });
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    const reason = `a socket path of more than ${SOCKET_PATH_BYTES_MAX} bytes`;
    throw new ServerError('ADDRESS_INVALID', { address, reason });
  }
  return { kind: 'unix', path };
}

/** @throws ServerError ADDRESS_INVALID */
export function parseHostPort(text: string): { readonly host: string; readonly port: number } {
  const match = HOST_PORT.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    throw new ServerError('ADDRESS_INVALID', { address: text, reason: 'not host:port' });
  }
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port };
}

export function formatAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `tcp:${host}:${address.port}`;
}

/** True where only this machine reaches it. */
export const isLocal = (address: ListenAddress): boolean =>
  address.kind === 'unix' ||
  address.host === 'localhost' ||
  address.host === '::1' ||
  /^127\./.test(address.host);
