/** The node's Envoy inside a pod's network namespace: what the workload and its client see of it, in Block and in Detect. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { askAdmin, type InterceptedPod, nodeBootstrap, nodeConfig, XdsFiles } from '@sluice/envoy-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { ADDRESSES, MARK, PORTS, REDIRECT_PORT, World } from './envoy-node-world.ts';
import { SluiceProcess } from './envoy-stack.ts';

const ATTACK = `/?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
const AT = (port: number, path = '/', scheme = 'http'): string =>
  `${scheme}://${ADDRESSES.pod}:${port}${path}`;
const STATUS = ['-o', '/dev/null', '-w', '%{http_code}'];
const HEAD = 'Host: shop.example\r\nUser-Agent: curl/8\r\nAccept: */*\r\n';
const GET = `GET / HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`;
const VERDICT_MILLIS_MAX = 20_000;

// Network namespaces need root.
describe.skipIf(process.getuid?.() !== 0)("a node's Envoy", () => {
  const directory = new TemporaryDirectory('sluice-node-');
  const world = new World();
  const [key, certificate] = [directory.join('tls.key'), directory.join('tls.crt')];
  const files = new XdsFiles(directory.join('xds'));
  let envoy: EnvoyProcess;
  let sluice: SluiceProcess;

  const pod = (change: Partial<InterceptedPod>): InterceptedPod => ({
    namespace: 'shop',
    name: 'web-1',
    uid: 'u1',
    networkNamespacePath: world.networkNamespacePath,
    ports: [
      { number: PORTS.http, protocol: 'http' },
      { number: PORTS.closed, protocol: 'http' },
      { number: PORTS.greeter, protocol: 'tcp' },
      { number: PORTS.tls, protocol: 'tls', tls: { certificateChainPath: certificate, privateKeyPath: key } },
    ],
    policy: 'shop',
    mode: 'Block',
    unavailable: 'Closed',
    ipFamilies: ['IPv4'],
    ...change,
  });
  /** A new Envoy for each mode: what a listener drains is not of interest here. */
  async function open(change: Partial<InterceptedPod>): Promise<void> {
    await envoy?.stop();
    const settings = {
      sluiceSockets: [sluice.socket],
      redirectPort: REDIRECT_PORT,
      originalSourceMark: MARK,
      verdictMillis: VERDICT_MILLIS_MAX,
    };
    files.write(nodeConfig({ settings, pods: [pod(change)] }, directory.join('xds')));
    files.prune();
    const adminSocketPath = directory.join('admin.sock');
    const bootstrap = nodeBootstrap({ node: 'test', xdsDirectory: directory.join('xds'), adminSocketPath });
    envoy = await startEnvoy({ bootstrap });
  }

  beforeAll(async () => {
    const subject = ['-subj', '/CN=web', '-days', '2'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...subject],
      {
        stdio: 'ignore',
      },
    );
    await world.start(key, certificate);
    world.redirect([PORTS.http, PORTS.greeter, PORTS.tls, PORTS.closed]);
    const policies = { shop: { mode: 'Block' }, watched: { mode: 'Detect' } };
    const limits = { verdictMillisMax: VERDICT_MILLIS_MAX, callMillisMax: VERDICT_MILLIS_MAX };
    const settings = { listen: [`unix:${directory.join('0.sock')}`], admin: false, limits, policies };
    writeFileSync(directory.join('sluice.yaml'), JSON.stringify(settings));
    sluice = new SluiceProcess(directory.join('sluice.yaml'), directory.join('0.sock'), true);
    await sluice.ready();
  });
  afterAll(async () => {
    await envoy?.stop();
    await sluice?.kill('SIGKILL');
    world.stop();
    directory.remove();
  });

  describe('in Block', () => {
    beforeAll(() => open({}));

    it('lets a clean request through, and the workload sees its client', () => {
      expect(JSON.parse(world.curl(AT(PORTS.http)))).toMatchObject({ client: ADDRESSES.client, url: '/' });
    });
    it('refuses an attack', () => {
      expect(world.curl(...STATUS, AT(PORTS.http, ATTACK))).toBe('403');
    });
    it('believes no address and no request id that a client writes', async () => {
      sluice.lines.length = 0;
      world.curl('-H', 'X-Forwarded-For: 192.0.2.9', '-H', 'X-Request-Id: mine', AT(PORTS.http, ATTACK));
      // The event comes by a pipe, and curl held this process up.
      while (!sluice.lines.some((line) => 'waf' in line)) await sleep(20);
      expect(sluice.lines.findLast((line) => 'waf' in line)).toMatchObject({
        source: { ip: ADDRESSES.client },
        http: { request: { id: expect.not.stringMatching('mine') } },
        destination: { ip: ADDRESSES.pod, port: PORTS.http },
      });
    });
    it('keeps nobody from sending what Envoy uses itself, and heeds none of it', () => {
      const own = [
        '-H',
        'x-sluice-forwarded-proto: gopher',
        '-H',
        'x-envoy-retry-on: 5xx',
        '-H',
        'x-envoy-max-retries: 9',
      ];
      const { rawHeaders } = JSON.parse(world.curl(...own, AT(PORTS.http)));
      expect(rawHeaders.join().toLowerCase()).not.toMatch(/sluice|x-envoy|forwarded|gopher/);
    });
    it('leads nobody to another destination or cluster than the one that was connected with', () => {
      const own = ['-H', 'x-sluice-destination: elsewhere', '-H', 'x-sluice-cluster: sluice'];
      const { rawHeaders, url } = JSON.parse(world.curl(...own, AT(PORTS.http)));
      expect(url).toBe('/');
      expect(rawHeaders.join().toLowerCase()).not.toMatch(/sluice|elsewhere/);
      expect(world.curl(...STATUS, ...own, AT(PORTS.http, ATTACK))).toBe('403');
    });
    it('tries another connection where one to the workload cannot be made', async () => {
      expect(world.curl(...STATUS, AT(PORTS.closed))).toBe('503');
      const { body } = await askAdmin(directory.join('admin.sock'), '/stats?filter=upstream_rq_retry$');
      expect(body).toMatch(/^cluster\.pod\/u1\/IPv4\/plain\.upstream_rq_retry: 2$/m);
    });
    it('leaves alone what other proxies wrote', () => {
      const proxied = ['-H', 'X-Forwarded-For: 192.0.2.9', '-H', 'X-Forwarded-Proto: https'];
      const { rawHeaders } = JSON.parse(world.curl(...proxied, '-H', 'X-Request-Id: kept', AT(PORTS.http)));
      const at = (name: string): unknown => rawHeaders[rawHeaders.indexOf(name) + 1];
      expect([at('X-Forwarded-For'), at('X-Forwarded-Proto'), at('X-Request-Id')]).toEqual([
        '192.0.2.9',
        'https',
        'kept',
      ]);
    });
    it.each([
      ['an empty line', `\r\n${GET}`],
      ['a blank', ` ${GET}`],
      ['a PROXY header', `PROXY TCP4 192.0.2.9 10.0.0.1 1 80\r\n${GET}`],
      ['a TLS ClientHello', '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00'],
    ])('lets nobody past with %s in front', (_, bytes) => {
      const attack = bytes.replace('GET / ', `GET ${ATTACK} `);
      const answer = world.send(PORTS.http, attack);
      expect(answer).not.toContain('X-Workload');
      expect(answer).not.toContain('not http');
    });
    it('closes what is not declared as HTTP before either side has said a word', () => {
      expect(world.send(PORTS.greeter, 'hello')).toBe('');
    });
    it('refuses an upgrade that nobody declared', () => {
      const upgrade = `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
      expect(world.send(PORTS.http, upgrade)).toMatch(/^HTTP\/1\.1 403 /);
    });
    it('reads TLS with the key of the workload', () => {
      expect(JSON.parse(world.curl('-k', AT(PORTS.tls, '/', 'https')))).toMatchObject({
        client: ADDRESSES.client,
      });
      expect(world.curl('-k', ...STATUS, AT(PORTS.tls, ATTACK, 'https'))).toBe('403');
    });
    it.each(['--http1.1', '--http2-prior-knowledge'])(
      'inspects a body up to the limit with %s, and refuses one beyond it',
      async (version) => {
        /** A form whose last field is the attack. */
        const form = (bytes: number): readonly string[] => {
          const path = directory.join('body');
          writeFileSync(path, `a=${'a'.repeat(bytes)}&q=${ATTACK.slice(ATTACK.indexOf('=') + 1)}`);
          return ['-H', 'expect:', version, '--data-binary', `@${path}`];
        };
        // Longer than the buffer of a connection and the window of a stream.
        sluice.lines.length = 0;
        expect(world.status(...form(1_000_000), AT(PORTS.http))).toBe(403);
        while (!sluice.lines.some((line) => 'waf' in line)) await sleep(20);
        expect(sluice.lines.findLast((line) => 'waf' in line)).toMatchObject({
          event: { action: 'deny' },
          waf: { coverage: { body_inspected: true } },
        });
        // 0 where curl takes the reset that follows a reply of HTTP/2 for the reply.
        expect([413, 0]).toContain(world.status(...form(1_200_000), AT(PORTS.http)));
      },
    );
    it('answers for itself once Sluice is away', async () => {
      sluice.child.kill('SIGSTOP');
      await open({ mode: 'Block', unavailable: 'Closed', policy: 'missing' });
      sluice.child.kill('SIGCONT');
      // A policy that Sluice does not know is an error, and Closed refuses errors.
      expect(world.curl(...STATUS, AT(PORTS.http))).toBe('503');
    });
  });

  describe('in Detect', () => {
    beforeAll(() => open({ mode: 'Detect', policy: 'watched' }));

    it.each([
      ['a request', GET],
      [
        'a proxy',
        GET.replace('Connection', 'X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.9\r\nConnection'),
      ],
      [
        'headers in any spelling',
        `GET /A//b/./c HTTP/1.1\r\nX_a: 1\r\nx-B: 2\r\nX-CC: 3\r\n${HEAD}Connection: close\r\n\r\n`,
      ],
      ['an attack', GET.replace('GET / ', `GET ${ATTACK} `)],
      ['a form', `POST /f HTTP/1.1\r\n${HEAD}Connection: close\r\nContent-Length: 3\r\n\r\na=b`],
      [
        'chunks',
        `POST /f HTTP/1.1\r\n${HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n`,
      ],
    ])('changes nothing of %s', (_, bytes) => {
      const [direct, watched] = [PORTS.bare, PORTS.http].map((port) => workloadSaw(world.send(port, bytes)));
      expect(watched).toEqual(direct);
    });
    it.each([
      ['a PROXY header', `PROXY TCP4 192.0.2.9 10.0.0.1 1 80\r\n${GET}`],
      ['what is no HTTP', 'hello\r\n'],
    ])('lets %s through to whom it was for', (_, bytes) => {
      expect(world.send(PORTS.http, bytes)).toBe(world.send(PORTS.bare, bytes));
    });
    it('lets who speaks first do so in the end, on a port that was redirected by mistake', () => {
      expect(world.send(PORTS.greeter, '', 10_000)).toBe('greetings\n');
    });
    it('lets an upgrade through', () => {
      const upgrade = `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
      expect(world.send(PORTS.http, upgrade)).toMatch(/^HTTP\/1\.1 101 /);
    });
  });

  describe('with a policy for one port', () => {
    const own = (port: number, name: string, mode: 'Detect' | 'Block'): Partial<InterceptedPod> => ({
      ports: [PORTS.http, PORTS.bare].map((number) => ({
        ...{ number, protocol: 'http' },
        ...(number === port ? { policy: { name, mode, unavailable: 'Closed' } } : {}),
      })),
    });
    const PREFIXED = `\r\n\r\n${GET.replace('GET / ', `GET ${ATTACK} `)}`;
    const STRANGE = 'hello\r\n';

    it('that blocks, in a pod that detects: nobody gets past it, the other port changes nothing', async () => {
      const direct = world.send(PORTS.bare, STRANGE);
      world.redirect([PORTS.http, PORTS.bare]);
      await open({ mode: 'Detect', policy: 'watched', ...own(PORTS.http, 'shop', 'Block') });
      expect(world.curl(...STATUS, AT(PORTS.http, ATTACK))).toBe('403');
      for (const bytes of [PREFIXED, STRANGE])
        expect(world.send(PORTS.http, bytes)).not.toMatch(/X-Workload|not http/);
      expect(world.curl(...STATUS, AT(PORTS.bare, ATTACK))).toBe('200');
      expect(world.send(PORTS.bare, STRANGE)).toBe(direct);
    });
    it('that detects, in a pod that blocks', async () => {
      await open({ mode: 'Block', policy: 'shop', ...own(PORTS.bare, 'watched', 'Detect') });
      expect(world.curl(...STATUS, AT(PORTS.http, ATTACK))).toBe('403');
      for (const bytes of [PREFIXED, STRANGE])
        expect(world.send(PORTS.http, bytes)).not.toMatch(/X-Workload|not http/);
      expect(world.curl(...STATUS, AT(PORTS.bare, ATTACK))).toBe('200');
      expect(world.send(PORTS.bare, STRANGE)).not.toBe('');
    });
  });
});

/**
 * The head of the answer, and what the workload tells of the request, but for what is each hop's own: Connection, and the lengths
 * and dates of answers that differ.
 */
function workloadSaw(answer: string): unknown {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const lines = head.split('\r\n').filter((line) => !/^(?:date|content-length):/i.test(line));
  const { rawHeaders, ...saw }: { readonly rawHeaders: readonly string[] } = JSON.parse(body);
  const pairs = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1]]] : []));
  const headers = pairs.filter(([name]) => name !== 'Connection').sort();
  return { lines: lines.sort(), saw, headers };
}
