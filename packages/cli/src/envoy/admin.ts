/** Questions to Envoy's admin interface. */
import { get } from 'node:http';
import { EnvoyError } from './errors.ts';

const ANSWER_MILLIS_MAX = 5_000;

export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
}

export interface BoundListener {
  readonly host: string;
  readonly port: number;
}

/** Rejects with the socket's own error where nobody listens, yet or any more. */
export function askAdmin(address: string, path: string): Promise<AdminAnswer> {
  return new Promise((resolve, reject) => {
    const request = get(
      `http://${address}${path}`,
      { agent: false, timeout: ANSWER_MILLIS_MAX },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
        response.once('error', reject);
      },
    );
    request.once('timeout', () =>
      request.destroy(new EnvoyError('ENVOY_ADMIN', { path, reason: 'silence' })),
    );
    request.once('error', reject);
  });
}

/** Where each listener really listens. @throws EnvoyError ENVOY_ADMIN */
export async function readListeners(address: string): Promise<ReadonlyMap<string, BoundListener>> {
  const path = '/listeners?format=json';
  const { status, body } = await askAdmin(address, path);
  if (status !== 200) throw new EnvoyError('ENVOY_ADMIN', { path, reason: `status ${status}` });
  const bound = new Map<string, BoundListener>();
  for (const entry of list(parse(path, body), 'listener_statuses')) {
    const socket = member(member(entry, 'local_address'), 'socket_address');
    const [name, host, port] = [
      member(entry, 'name'),
      member(socket, 'address'),
      member(socket, 'port_value'),
    ];
    if (typeof name !== 'string' || typeof host !== 'string' || typeof port !== 'number') {
      throw new EnvoyError('ENVOY_ADMIN', { path, reason: 'a listener without name, address or port' });
    }
    bound.set(name, { host, port });
  }
  return bound;
}

function parse(path: string, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new EnvoyError('ENVOY_ADMIN', { path, reason: 'what is no JSON' }, cause);
  }
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

function list(value: unknown, name: string): readonly unknown[] {
  const found = member(value, name);
  return Array.isArray(found) ? found : [];
}
