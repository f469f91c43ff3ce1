/** A configuration from where it is: a file, or a running Envoy. */
import { readFileSync, statSync } from 'node:fs';
import { askAdmin } from '@sluice/envoy-config';
import { parse } from 'yaml';
import { CallError } from '../envoy-config/errors.ts';

const FILE_BYTES_MAX = 268_435_456;

/** YAML or JSON. @throws CallError ENVOY_UNREADABLE */
export function readDocument(path: string): unknown {
  try {
    const { size } = statSync(path);
    if (size > FILE_BYTES_MAX)
      throw new CallError('ENVOY_UNREADABLE', { path, reason: `more than ${FILE_BYTES_MAX} bytes` });
    const text = readFileSync(path, 'utf8');
    // A dump of a large Envoy is JSON, and YAML's parser takes minutes for it.
    return /^\s*[{[]/.test(text) ? JSON.parse(text) : parse(text, { maxAliasCount: 1_000 });
  } catch (cause) {
    if (cause instanceof CallError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CallError('ENVOY_UNREADABLE', { path, reason }, cause);
  }
}

export interface RunningEnvoy {
  readonly document: unknown;
  /** As Envoy says it; empty where it does not. */
  readonly version: string;
}

/** Where the target is an address of an admin interface: `host:port`, or the path of a Unix socket; null where it is a file. */
export function adminAddress(target: string): string | null {
  const match = /^http:\/\/([^/]+)\/?$/.exec(target);
  if (match?.[1] !== undefined) return match[1].includes(':') ? match[1] : `${match[1]}:80`;
  if (target.startsWith('unix:')) return target.slice('unix:'.length);
  return isSocket(target) ? target : null;
}

const isSocket = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;

/** @throws CallError ENVOY_UNREADABLE */
export async function readAdmin(address: string): Promise<RunningEnvoy> {
  // Endpoints are left out: they are many, and nothing here looks at them.
  const [dump, info] = await Promise.all([ask(address, '/config_dump'), ask(address, '/server_info')]);
  const told = typeof info === 'object' && info !== null ? Reflect.get(info, 'version') : '';
  const version = typeof told === 'string' ? (/\/(\d+\.\d+\.\d+[^/]*)/.exec(told)?.[1] ?? '') : '';
  return { document: dump, version };
}

async function ask(address: string, path: string): Promise<unknown> {
  try {
    const { status, body } = await askAdmin(address, path);
    if (status === 200) return JSON.parse(body);
    throw new CallError('ENVOY_UNREADABLE', { path: `${address}${path}`, reason: `status ${status}` });
  } catch (cause) {
    if (cause instanceof CallError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CallError('ENVOY_UNREADABLE', { path: `${address}${path}`, reason }, cause);
  }
}
