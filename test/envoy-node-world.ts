/** A pod and a client in network namespaces of their own, with the pod's port redirected as a node agent does it. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

export const MARK = 0x5117;
export const REDIRECT_PORT = 15_006;
const TABLE = 133;

export const ADDRESSES = { client: '10.211.0.1', pod: '10.211.0.2' } as const;

/** The ports of the workload; `bare` is reached without Envoy, and on `closed` nobody listens. */
export const PORTS = { http: 8_080, bare: 8_081, greeter: 3_306, tls: 8_443, closed: 8_082 } as const;

/** Answers with what it got; on its other port it speaks first, as databases do. */
const WORKLOAD = `
const { createServer } = require('node:http');
const https = require('node:https');
const { readFileSync } = require('node:fs');
const net = require('node:net');
const answer = (request, response) => {
  const { method, url, rawHeaders, httpVersion, socket } = request;
  const body = [];
  request.on('data', (chunk) => body.push(chunk));
  request.on('end', () => {
    response.setHeader('X-Workload', 'Yes');
    response.end(JSON.stringify({ method, url, rawHeaders, httpVersion, client: socket.remoteAddress, body: Buffer.concat(body).length }));
  });
};
for (const port of [${PORTS.http}, ${PORTS.bare}]) {
  const server = createServer(answer).listen(port, '0.0.0.0');
  server.on('clientError', (error, socket) => socket.end('not http\\n'));
  server.on('upgrade', (request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n'));
}
const [key, cert] = [process.argv[1], process.argv[2]].map((path) => readFileSync(path));
https.createServer({ key, cert }, answer).listen(${PORTS.tls}, '0.0.0.0');
net.createServer((socket) => { socket.on('error', () => {}); socket.end('greetings\\n'); }).listen(${PORTS.greeter}, '0.0.0.0', () => console.log('ready'));
`;

/** Sends standard input, prints all that comes until nothing has for a moment or the other side closes. */
const CLIENT = `
const { connect } = require('node:net');
const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
  const socket = connect(Number(process.argv[2]), process.argv[1], () => socket.write(Buffer.concat(chunks)));
  let timer;
  const wait = () => { clearTimeout(timer); timer = setTimeout(() => socket.destroy(), Number(process.argv[3])); };
  wait();
  socket.on('data', (data) => { process.stdout.write(data); wait(); });
  socket.on('error', () => {});
  socket.on('close', () => process.exit(0));
});
`;

const run = (command: string, ...argv: readonly string[]): string =>
  execFileSync(command, argv, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'] });

export class World {
  readonly pod = `sluice-pod-${process.pid}`;
  readonly client = `sluice-client-${process.pid}`;
  #workload: ChildProcess | null = null;

  get networkNamespacePath(): string {
    return `/var/run/netns/${this.pod}`;
  }

  /** @param key and @param certificate PEM files of the workload */
  async start(key: string, certificate: string): Promise<void> {
    for (const name of [this.pod, this.client]) {
      run('ip', 'netns', 'add', name);
      run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    }
    const link = ['link', 'add', 'eth0', 'netns', this.client, 'type', 'veth'];
    run('ip', ...link, 'peer', 'name', 'eth0', 'netns', this.pod);
    for (const [name, address] of [
      [this.client, ADDRESSES.client],
      [this.pod, ADDRESSES.pod],
    ] as const) {
      run('ip', '-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      run('ip', '-n', name, 'link', 'set', 'eth0', 'up');
    }
    run('ip', '-n', this.pod, 'rule', 'add', 'fwmark', String(MARK), 'lookup', String(TABLE));
    run('ip', '-n', this.pod, 'route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo', 'table', String(TABLE));
    this.#workload = spawn(
      'ip',
      ['netns', 'exec', this.pod, process.execPath, '-e', WORKLOAD, key, certificate],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    if (this.#workload.stdout !== null) await once(this.#workload.stdout, 'data');
  }

  /** Leads new connections to these ports, too, to Envoy's listener in the pod. */
  redirect(ports: readonly number[]): void {
    const rules = `
      table ip sluice {
        chain arriving { type nat hook prerouting priority dstnat; tcp dport { ${ports.join(', ')} } redirect to :${REDIRECT_PORT}; }
        chain answering { type filter hook prerouting priority mangle; ct mark ${MARK} meta mark set ${MARK}; }
        chain remember { type route hook output priority mangle; meta mark ${MARK} ct mark set ${MARK}; ct mark ${MARK} meta mark set ${MARK}; }
      }`;
    const inPod = ['netns', 'exec', this.pod];
    execFileSync('ip', [...inPod, 'nft', '-f', '-'], { input: rules });
  }

  /** What comes back for these bytes, as latin1. @param quietMillis silence after which the client gives up */
  send(port: number, bytes: string, quietMillis = 1_500): string {
    const argv = ['netns', 'exec', this.client, process.execPath, '-e', CLIENT];
    return execFileSync('ip', [...argv, ADDRESSES.pod, String(port), String(quietMillis)], {
      input: Buffer.from(bytes, 'latin1'),
      encoding: 'latin1',
    });
  }

  /** The status of a reply, also where the connection was reset behind it: who refuses a body does not read it to its end. */
  status(...argv: readonly string[]): number {
    const command = ['netns', 'exec', this.client, 'curl', '-s', '--max-time', '30'];
    const { stdout } = spawnSync('ip', [...command, '-o', '/dev/null', '-w', '%{http_code}', ...argv], {
      encoding: 'latin1',
    });
    return Number(stdout);
  }

  curl(...argv: readonly string[]): string {
    return run('ip', 'netns', 'exec', this.client, 'curl', '-sS', '--max-time', '30', ...argv);
  }

  stop(): void {
    this.#workload?.kill('SIGKILL');
    for (const name of [this.pod, this.client]) run('ip', 'netns', 'del', name);
  }
}
