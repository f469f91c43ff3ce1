/** Questions to Envoy's admin interface. */
import { get } from 'node:http';
import { EnvoyConfigError } from '../errors.ts';

const ANSWER_MILLIS_MAX = 5_000;

export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
}

export interface BoundListener {
  readonly host: string;
  readonly port: number;
}

/**
 * Rejects with the socket's own error where nobody listens, yet or any more.
 * @param address `host:port`, or the path of a Unix socket
 */
export function askAdmin(address: string, path: string): Promise<AdminAnswer> {
  const where = address.startsWith('/') ? { socketPath: address, path } : addressOptions(address, path);
  return new Promise((resolve, reject) => {
    const request = get({ ...where, agent: false, timeout: ANSWER_MILLIS_MAX }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
      response.once('error', reject);
    });
    request.once('timeout', () =>
      request.destroy(new EnvoyConfigError('ENVOY_ADMIN', { path, reason: 'silence' })),
    );
    request.once('error', reject);
  });
}

function addressOptions(address: string, path: string): { host: string; port: number; path: string } {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(at + 1)), path };
}

/** @throws EnvoyConfigError ENVOY_ADMIN for any other status than 200, and for what is no JSON */
export async function askJson(address: string, path: string): Promise<unknown> {
  const { status, body } = await askAdmin(address, path);
  if (status !== 200) throw new EnvoyConfigError('ENVOY_ADMIN', { path, reason: `status ${status}` });
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new EnvoyConfigError('ENVOY_ADMIN', { path, reason: 'what is no JSON' }, cause);
  }
}

/** Where each listener really listens. @throws EnvoyConfigError ENVOY_ADMIN */
export async function readListeners(address: string): Promise<ReadonlyMap<string, BoundListener>> {
  const path = '/listeners?format=json';
  const bound = new Map<string, BoundListener>();
  for (const entry of list(await askJson(address, path), 'listener_statuses')) {
    const socket = member(member(entry, 'local_address'), 'socket_address');
    const [name, host, port] = [
      member(entry, 'name'),
      member(socket, 'address'),
      member(socket, 'port_value'),
    ];
    if (typeof name !== 'string' || typeof host !== 'string' || typeof port !== 'number') {
      throw new EnvoyConfigError('ENVOY_ADMIN', {
        path,
        reason: 'a listener without name, address or port',
      });
    }
    bound.set(name, { host, port });
  }
  return bound;
}

/** A field of what may be no object at all. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

export function list(value: unknown, name: string): readonly unknown[] {
  const found = member(value, name);
  return Array.isArray(found) ? found : [];
}
