/** Which node speaks: what its certificate says, or a token that an API server vouches for, never what it sends. */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { HubError } from '../errors.ts';
import { bearerIn } from './access.ts';

/** A name as a DNS label or several, as nodes and machines have. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

/** `*` stands for any text. */
export type NamePattern = string;

/** Whom tokens are of, as an API server says. */
export interface NodeTokens {
  /** @throws HubError NODE_FORBIDDEN where it is nobody's who may deliver, NODE_UNKNOWN where that cannot be found out now */
  nameOf(token: string): Promise<string>;
}

/** Many may share a certificate: a token says which of them speaks. */
export interface SharedCertificates {
  /** Their common names. */
  readonly certificates: readonly NamePattern[];
  readonly tokens: NodeTokens;
}

export interface Deliverers {
  /** Names that may deliver; empty: each that is known by a certificate, or a token. */
  readonly allow: readonly NamePattern[];
  /** Null: every certificate is one node's. */
  readonly shared: SharedCertificates | null;
}

/** @throws HubError NODE_FORBIDDEN, NODE_UNKNOWN */
export async function nodeOf(
  { socket, headers }: IncomingMessage,
  { allow, shared }: Deliverers,
  now: number,
): Promise<string> {
  const certified = certifiedName(socket, now);
  const isShared = shared?.certificates.some((pattern) => matchesName(pattern, certified)) ?? false;
  const name =
    shared === null || !isShared
      ? certified
      : await shared.tokens.nameOf(tokenIn(headers.authorization, certified));
  if (allow.length > 0 && !allow.some((pattern) => matchesName(pattern, name))) {
    throw new HubError('NODE_FORBIDDEN', { node: name, reason: 'nodes.allow does not have it' });
  }
  return name;
}

function tokenIn(authorization: string | undefined, node: string): string {
  const token = bearerIn(authorization);
  if (token !== undefined) return token;
  const reason = 'many have its certificate, and it brings no token (tokenFile of its sink)';
  throw new HubError('NODE_FORBIDDEN', { node, reason });
}

/**
 * The common name of the certificate. The connection was refused without one that the hub's authority has signed; it may
 * have run out since.
 */
function certifiedName(socket: Socket, now: number): string {
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
