/**
 * What is spoken on a port: by declaration, never by sniffing. In this order: the annotation, appProtocol, the name of the port, and else HTTP,
 * for who selects a Service says that it speaks it.
 */
import type { PortProtocol } from '@sluice/envoy-config';
import { PORTS_ANNOTATION } from '../kinds/names.ts';
import type { ServicePort } from '../world.ts';
import { sectionNames } from './targets.ts';

export interface Declaration {
  readonly protocol: PortProtocol;
  /** False where nobody has said anything: a declaration of another Service of the same port then has the word. */
  readonly explicit: boolean;
  readonly because: string;
}

const ANNOTATED: Readonly<Record<string, PortProtocol>> = {
  http: 'http',
  h2c: 'h2c',
  http2: 'h2c',
  grpc: 'h2c',
  https: 'tls',
  tls: 'tls',
  tcp: 'tcp',
};

/** As Kubernetes names them (KEP-3726), as IANA does, and as Istio does. In lower case. */
const APP_PROTOCOLS: Readonly<Record<string, PortProtocol>> = {
  ...ANNOTATED,
  'kubernetes.io/h2c': 'h2c',
  'kubernetes.io/ws': 'http',
  'kubernetes.io/wss': 'tls',
  ws: 'http',
  wss: 'tls',
  'grpc-web': 'http',
  ssl: 'tls',
};

/** What else begins the names of ports, and is no HTTP: Istio's, and databases and queues with a number at IANA. */
const NO_HTTP = [
  ...[
    'amqp',
    'cassandra',
    'dns',
    'ftp',
    'imap',
    'kafka',
    'ldap',
    'memcache',
    'memcached',
    'mongo',
    'mongodb',
    'mqtt',
    'mssql',
  ],
  ...[
    'mysql',
    'nats',
    'pop3',
    'postgres',
    'postgresql',
    'redis',
    'smtp',
    'ssh',
    'syslog',
    'thrift',
    'zookeeper',
  ],
] as const;

const NAMES: Readonly<Record<string, PortProtocol>> = {
  ...APP_PROTOCOLS,
  ...Object.fromEntries(NO_HTTP.map((name) => [name, 'tcp' as const])),
};

const find = (table: Readonly<Record<string, PortProtocol>>, name: string): PortProtocol | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** `8080=http,admin=tcp`, of a Service, by number or name of its ports. What is neither is told by `ignored`. */
export interface PortsAnnotation {
  readonly ports: ReadonlyMap<string, PortProtocol>;
  readonly ignored: readonly string[];
}

export function portsAnnotation(annotations: Readonly<Record<string, string>>): PortsAnnotation {
  const ports = new Map<string, PortProtocol>();
  const ignored: string[] = [];
  for (const entry of (annotations[PORTS_ANNOTATION] ?? '').split(',')) {
    if (entry.trim() === '') continue;
    const [port = '', name = '', ...rest] = entry.split('=').map((part) => part.trim());
    const protocol = find(ANNOTATED, name.toLowerCase());
    if (protocol === undefined || port === '' || rest.length > 0) ignored.push(entry.trim());
    else ports.set(port, protocol);
  }
  return { ports, ignored };
}

/** @param appProtocol of the EndpointSlice, where the Service has none */
export function declarationOf(
  port: Pick<ServicePort, 'name' | 'port' | 'appProtocol'>,
  annotation: PortsAnnotation,
  appProtocol: string | null = null,
): Declaration {
  for (const name of sectionNames(port)) {
    const protocol = annotation.ports.get(name);
    if (protocol !== undefined) return { protocol, explicit: true, because: `${PORTS_ANNOTATION} says so` };
  }
  const declared = port.appProtocol ?? appProtocol;
  const protocol = declared === null ? undefined : find(APP_PROTOCOLS, declared.toLowerCase());
  if (protocol !== undefined) return { protocol, explicit: true, because: `appProtocol is ${declared}` };
  const unknown = declared === null ? '' : `appProtocol ${declared} is not known; `;
  const named = protocolOfName(port.name);
  if (named !== null)
    return { protocol: named, explicit: true, because: `${unknown}its name is ${port.name}` };
  return { protocol: 'http', explicit: false, because: `${unknown}nothing else is declared` };
}

/** `http`, `http-web`, `grpc-web-api`: the longest beginning that ends at a dash. Null where it says nothing. */
export function protocolOfName(name: string): PortProtocol | null {
  const parts = name.toLowerCase().split('-');
  for (let length = Math.min(2, parts.length); length > 0; length--) {
    const protocol = find(NAMES, parts.slice(0, length).join('-'));
    if (protocol !== undefined) return protocol;
  }
  return null;
}
