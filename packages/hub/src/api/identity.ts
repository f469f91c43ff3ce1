/** Which node speaks: what its certificate says, never what it sends. */

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { HubError } from '../errors.ts';

/** A name as a DNS label or several, as nodes and machines have. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

/** `*` stands for any text. */
export type NamePattern = string;

/**
 * The common name of the certificate. The connection was refused without one that the hub's authority has signed; it may
 * have run out since.
 * @param allow names that may deliver; empty: each that has a certificate
 * @throws HubError NODE_FORBIDDEN
 */
export function nodeOf(socket: Socket, allow: readonly NamePattern[], now: number): string {
  if (!(socket instanceof TLSSocket) || !socket.authorized) {
    throw new HubError('NODE_FORBIDDEN', { node: 'without a name', reason: 'it has no valid certificate' });
  }
  const { subject, valid_to: end } = socket.getPeerCertificate();
  const name: unknown = subject?.CN;
  if (typeof name !== 'string' || !NAME.test(name)) {
    const reason = 'the common name of its certificate is not a name';
    throw new HubError('NODE_FORBIDDEN', { node: 'without a name', reason });
  }
  if (!(Date.parse(end) > now)) {
    throw new HubError('NODE_FORBIDDEN', { node: name, reason: `its certificate ended on ${end}` });
  }
  if (allow.length > 0 && !allow.some((pattern) => matchesName(pattern, name))) {
    throw new HubError('NODE_FORBIDDEN', { node: name, reason: 'nodes.allow does not have it' });
  }
  return name;
}

/** Linear: the first part begins the name, the last ends it, those between follow each other. */
export function matchesName(pattern: NamePattern, name: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  if (others.length === 0) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = others.pop() ?? '';
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
