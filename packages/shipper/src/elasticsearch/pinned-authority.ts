/**
 * Connections to servers whose authority is known by its fingerprint alone. The certificate with that fingerprint is asked of the server,
 * and then trusted as if it had been configured: TLS itself checks that it has signed. That it stands in the server's chain proves
 * nothing, as anybody may show it.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { ShipperError } from '../errors.ts';

/** What undici tells a connector; `servername` where the caller names one. */
export interface ConnectTarget {
  readonly hostname: string;
  readonly port: string;
  readonly servername?: string | null;
}

export type Connected = (error: Error | null, socket: TLSSocket | null) => void;

export interface PinnedAuthorityOptions {
  /** SHA-256, hexadecimal, with colons or without. */
  readonly fingerprint: string;
  /** Of a client. */
  readonly material: Pick<ConnectionOptions, 'cert' | 'key'>;
  readonly connectMillisMax: number;
}

const HTTPS_PORT = 443;
/** Longer chains are nobody's. */
const CHAIN_MAX = 10;

const plain = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();

/** A connector for undici. */
export function pinnedConnector(
  options: PinnedAuthorityOptions,
): (target: ConnectTarget, connected: Connected) => void {
  let authority: string | null = null;
  const open = async (target: ConnectTarget): Promise<TLSSocket> => {
    authority ??= await authorityOf(target, options);
    const { material } = options;
    // Whom the authority has signed is trusted under any name: a fingerprint is given where names do not fit.
    const trust = { ca: authority, checkServerIdentity: () => undefined };
    return handshake(target, { ...material, ...trust }, options.connectMillisMax);
  };
  return (target, connected) => {
    open(target).then(
      (socket) => connected(null, socket),
      (error: Error) => connected(error, null),
    );
  };
}

/** PEM of the certificate with the fingerprint, in the chain that the server shows. Nothing is said to it. */
async function authorityOf(target: ConnectTarget, options: PinnedAuthorityOptions): Promise<string> {
  const trust = { ...options.material, rejectUnauthorized: false };
  const socket = await handshake(target, trust, options.connectMillisMax);
  try {
    let certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
    for (let depth = 0; certificate !== undefined && depth < CHAIN_MAX; depth += 1) {
      if (plain(certificate.fingerprint256) === plain(options.fingerprint)) return certificate.toString();
      certificate = certificate.issuerCertificate;
    }
  } finally {
    // An error behind the handshake is nobody's.
    socket.on('error', () => undefined).destroy();
  }
  const reason = 'no certificate of the server has the fingerprint of caFingerprint';
  throw new ShipperError('SINK_AWAY', { sink: target.hostname, reason });
}

function handshake(target: ConnectTarget, trust: ConnectionOptions, millisMax: number): Promise<TLSSocket> {
  const { hostname, port, servername } = target;
  const host = hostname.replace(/^\[|\]$/g, '');
  const name = servername || (isIP(host) === 0 ? host : '');
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({
      ...trust,
      host,
      port: port === '' ? HTTPS_PORT : Number(port),
      ...(name === '' ? {} : { servername: name }),
      ALPNProtocols: ['http/1.1'],
      timeout: millisMax,
    });
    const late = (): void => {
      socket.destroy(new ShipperError('SINK_AWAY', { sink: host, reason: 'no TLS handshake in time' }));
    };
    socket.once('timeout', late);
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.off('timeout', late).off('error', reject);
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}
