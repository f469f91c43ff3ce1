/** The TCP sockets of a network namespace, as its /proc/net has them. */
import { demandSuccess, inNamespace } from './command.ts';

/** What `cat /proc/self/net/tcp` prints of one socket. Addresses are `hex:port`, IPv4 in IPv6 taken for IPv4. */
interface Socket {
  readonly local: string;
  readonly remote: string;
  readonly state: string;
}

export class Sockets {
  readonly #sockets: readonly Socket[];

  constructor(text: string) {
    this.#sockets = text.split('\n').flatMap(parse);
  }

  /** Of both families; Envoy listens once for each of its workers. */
  isListening(port: number, family: 'IPv4' | 'IPv6'): boolean {
    const any = family === 'IPv4' ? '00000000' : '0'.repeat(32);
    return this.#sockets.some(({ local, state }) => state === LISTEN && local === `${any}:${hexPort(port)}`);
  }

  /** Connections of clients with a port of Envoy's that have not ended on this side. */
  redirected(port: number): number {
    return this.#sockets.filter(
      ({ local, state }) => UNFINISHED.has(state) && portOf(local) === hexPort(port),
    ).length;
  }

  /** Connections within the namespace to one of these ports: Envoy's to the workload, seen from both ends. */
  inner(ports: readonly number[]): number {
    const wanted = new Set(ports.map(hexPort));
    const ends = new Set(this.#sockets.map(({ local, remote }) => `${local} ${remote}`));
    return this.#sockets.filter(
      ({ local, remote, state }) =>
        UNFINISHED.has(state) &&
        wanted.has(portOf(remote)) &&
        ends.has(`${remote} ${local}`) &&
        !LOOPBACK.test(local),
    ).length;
  }
}

const LISTEN = '0A';
/** All but LISTEN, TIME_WAIT and CLOSE (include/net/tcp_states.h). */
const UNFINISHED: ReadonlySet<string> = new Set(['01', '02', '03', '04', '05', '08', '09', '0B', '0C']);
/** 127.0.0.0/8 and ::1 in the byte order of /proc. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000):/;

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
const portOf = (address: string): string => address.slice(address.indexOf(':') + 1);

const MAPPED = /^0{16}FFFF0000/;

function parse(line: string): readonly Socket[] {
  const [, local = '', remote = '', state = ''] = line.trim().split(/\s+/);
  if (!/^[0-9A-F]{8,32}:[0-9A-F]{4}$/.test(local)) return [];
  return [{ local: local.replace(MAPPED, ''), remote: remote.replace(MAPPED, ''), state }];
}

/** @throws NodeAgentError NODE_AGENT_COMMAND where the namespace cannot be entered */
export async function readSockets(namespacePath: string): Promise<Sockets> {
  // A kernel without IPv6 has no tcp6.
  const result = await inNamespace(
    namespacePath,
    'cat /proc/self/net/tcp; cat /proc/self/net/tcp6 2>/dev/null; true',
  );
  return new Sockets(demandSuccess(`reading the sockets of ${namespacePath}`, result));
}
