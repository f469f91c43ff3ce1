/** Requests to Envoy's admin interface on its Unix socket. */
import { request } from 'node:http';
import { NodeAgentError, reasonOf } from '../errors.ts';
import { ADMIN_MILLIS_MAX } from '../limits.ts';

export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
}

/** Rejects with the socket's own error where nobody listens. */
export function askAdmin(socketPath: string, method: 'GET' | 'POST', path: string): Promise<AdminAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath, method, path, agent: false, timeout: ADMIN_MILLIS_MAX },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
        response.once('error', reject);
      },
    );
    sent.once('timeout', () =>
      sent.destroy(new NodeAgentError('NODE_ENVOY_ADMIN', { path, reason: 'silence' })),
    );
    sent.once('error', reject);
    sent.end();
  });
}

/** @throws NodeAgentError NODE_ENVOY_ADMIN where it does not answer with success */
export async function tellAdmin(socketPath: string, path: string): Promise<void> {
  let answer: AdminAnswer;
  try {
    answer = await askAdmin(socketPath, 'POST', path);
  } catch (cause) {
    throw new NodeAgentError('NODE_ENVOY_ADMIN', { path, reason: reasonOf(cause) }, { cause });
  }
  if (answer.status !== 200)
    throw new NodeAgentError('NODE_ENVOY_ADMIN', { path, reason: `status ${answer.status}` });
}

/** Whether anybody listens: a process that is too busy to answer does. */
export async function isThere(socketPath: string): Promise<boolean> {
  try {
    await askAdmin(socketPath, 'GET', '/ready');
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    return code !== 'ENOENT' && code !== 'ECONNREFUSED';
  }
}

export async function isReady(socketPath: string): Promise<boolean> {
  try {
    return (await askAdmin(socketPath, 'GET', '/ready')).status === 200;
  } catch {
    // It may be on its way up or down; the caller looks at the process and at the clock.
    return false;
  }
}
