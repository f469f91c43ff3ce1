/** What the base of sluice.yaml says of where the server will be, before there is one. */
import { ControllerError, type NodeSyncOptions } from '@sluice/controller';
import { DEFAULTS } from '@sluice/envoy-config';
import { type Config, DEFAULT_LIMITS } from '@sluice/server';
import { configOfProcess } from '../serve/processes.ts';

export interface ServerSide {
  /** Unix sockets by which Envoy reaches its processes. */
  readonly sockets: readonly string[];
  /** Of the pages for operators, one a process. */
  readonly urls: readonly string[];
  /** What Envoy's configuration has to agree on with the server. */
  readonly guard: Pick<NodeSyncOptions['table'], 'verdictMillis' | 'maxRequestBytes'>;
}

const UNSPECIFIED: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

/** @throws ControllerError NODE_BASE_INVALID where Envoy, or this process, would not find the server */
export function serverSideOf(base: Config, processes: number): ServerSide {
  const configs =
    processes === 1 ? [base] : Array.from({ length: processes }, (_, index) => configOfProcess(base, index));
  const sockets = configs.flatMap(({ listen }) =>
    listen.flatMap((address) => (address.kind === 'unix' ? [address.path] : [])),
  );
  if (sockets.length === 0)
    throw new ControllerError('NODE_BASE_INVALID', { reason: 'listen names no Unix socket' });
  const urls = configs.map(({ admin }) => {
    if (admin === false || admin.port === 0)
      throw new ControllerError('NODE_BASE_INVALID', {
        reason: 'admin names no port, and without it nobody knows what is in force',
      });
    return `http://${hostOf(admin.host)}:${admin.port}`;
  });
  return { sockets, urls, guard: guardOf(base) };
}

const hostOf = (host: string): string => UNSPECIFIED[host] ?? (host.includes(':') ? `[${host}]` : host);

function guardOf({ limits: { verdictMillisMax, requestBodyBytesMax } }: Config): ServerSide['guard'] {
  // As far behind the server's own deadline as by default: an answer that is late must still be one.
  const distance = DEFAULTS.verdictMillis - DEFAULT_LIMITS.verdictMillisMax;
  return {
    verdictMillis: Math.ceil(verdictMillisMax) + distance,
    ...(requestBodyBytesMax === 0 ? {} : { maxRequestBytes: requestBodyBytesMax }),
  };
}
