/** The console as the chart sets it up: what is open by default, whom it may act for, and that a hub with that very configuration lets people in. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseHubConfig } from '@sluice/hub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { PASSWORD } from '../console/stand.ts';
import { tokenOf } from './api-files.ts';
import type { Manifest } from './api-requests.ts';
import { ApiServer } from './api-server.ts';
import { CHART, find, helm, RELEASE, render, setOf, suiteWithHelm, type Values } from './chart.ts';
import type { PolicyRule } from './rights.ts';
import { suiteWithApiServer } from './suite.ts';

const NAMESPACE = 'sluice-system';
const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
const EXAMPLE = resolve(import.meta.dirname, '../../deploy/examples/console/roles.yaml');
const ON: Values = { 'hub.console.enabled': true };

const settingsOf = (manifests: readonly Manifest[]): string =>
  (find(manifests, 'ConfigMap', 'sluice-hub').data as Readonly<Record<string, string>>)['hub.yaml'] ?? '';

const consoleOf = (values: Values) =>
  parseHubConfig(settingsOf(render(NAMESPACE, values)), '/etc/sluice/hub.yaml').console;

const rulesOf = ({ rules }: Manifest): readonly PolicyRule[] => rules as readonly PolicyRule[];

suiteWithHelm('what is open', () => {
  it('is nothing unless it is asked for', () => {
    expect(consoleOf({})).toBe(false);
    // The hub asks about tokens of nodes whether there is a console or not.
    const rendered = JSON.stringify(render(NAMESPACE, { 'hub.nodeTokens.enabled': false }));
    const words = ['tokenreviews', '"subjectaccessreviews"', 'impersonate', 'console'];
    expect(words.filter((word) => rendered.includes(word))).toEqual([]);
  });

  it('is the pod itself: no Service, no port, no key', () => {
    const manifests = render(NAMESPACE, ON);
    expect(consoleOf(ON)).toMatchObject({
      listen: { host: '127.0.0.1', port: 7_470 },
      address: 'http://localhost:7470',
      oidc: false,
    });
    const services = manifests.filter(({ kind }) => kind === 'Service' || kind === 'Ingress');
    expect(services.map(({ metadata }) => metadata.name)).not.toContain('sluice-console');
    const rendered = JSON.stringify(manifests);
    expect(['console-tls', 'impersonate'].filter((word) => rendered.includes(word))).toEqual([]);
  });

  it('with a Service speaks TLS, by the name that it has there', () => {
    const service = { ...ON, 'hub.console.service.enabled': true, 'hub.console.service.port': 8_443 };
    expect(consoleOf(service)).toMatchObject({
      listen: { host: '0.0.0.0' },
      tls: { cert: '/etc/sluice/console/tls.crt' },
      address: 'https://sluice-console.sluice-system.svc:8443',
    });
    const policy = { ...service, 'networkPolicy.enabled': true };
    const ports = (values: Values): string =>
      JSON.stringify(find(render(NAMESPACE, values), 'NetworkPolicy', 'sluice-hub').spec);
    expect(ports(policy)).not.toContain('"console"');
    expect(ports({ ...policy, 'networkPolicy.consoleFrom': [{ podSelector: {} }] })).toContain('"console"');
  });

  it.each([
    ['OpenID Connect without a provider', { 'hub.console.oidc.enabled': true }, 'hub.console.oidc.issuer'],
    ['an Ingress without a name', { 'hub.console.ingress.enabled': true }, 'hub.console.ingress.host'],
    [
      'an issuer that is not named',
      { 'hub.console.service.enabled': true, 'hub.console.tls.certManager.enabled': true },
      'issuerRef.name',
    ],
    [
      'acting for the cluster’s own',
      { 'hub.console.impersonation': { users: ['jane'], groups: ['system:masters'] } },
      'system:masters',
    ],
    [
      'a role for nobody',
      { 'hub.console.roles.bindings': [{ role: 'admin' }] },
      '/hub/console/roles/bindings',
    ],
  ])('refuses %s', (_, wrong, words) => {
    expect(() => render(NAMESPACE, { ...ON, ...wrong })).toThrow(words);
  });
});

suiteWithHelm('docs/console.md', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/console.md'), 'utf8');

  it('has values that the chart takes, and that do what the page says', () => {
    const [, block = ''] = /^```yaml\n# values\.yaml\n(.*?)^```$/ms.exec(page) ?? [];
    const values = parse(block) as Values;
    expect(consoleOf(values)).toMatchObject({
      address: 'https://waf.example.org',
      trustedProxies: ['10.244.0.0/16'],
      oidc: { clientSecretFile: '/etc/sluice/oidc/clientSecret', address: 'https://waf.example.org' },
    });
    const manifests = render(NAMESPACE, values);
    for (const name of ['sluice-console-impersonation', 'sluice-console'])
      expect(find(manifests, 'ClusterRole', name)).toBeDefined();
    const { subjects } = find(manifests, 'RoleBinding', 'sluice-console-operator-0');
    expect(subjects).toMatchObject([{ kind: 'Group', name: 'oidc:shop' }]);
  });

  it('names values that there are', () => {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
    const [, section = ''] = /^\| value of `hub\.console` \|(.*?)\n\n/ms.exec(page) ?? [];
    const named = [...section.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) => cell.split(', '));
    const known = Object.keys(values.hub.console).map((name) => `\`${name}\``);
    expect([...named, '`enabled`'].sort()).toEqual(known.sort());
  });
});

suiteWithHelm('rights', () => {
  const examples = parseAllDocuments(readFileSync(EXAMPLE, 'utf8')).map((each) => each.toJS() as Manifest);

  it.each(['', '-viewer', '-operator', '-admin'])('are those of the example: sluice-console%s', (role) => {
    const ours = find(render(NAMESPACE, ON), 'ClusterRole', `sluice-console${role}`);
    expect(rulesOf(ours)).toEqual(rulesOf(find(examples, 'ClusterRole', `sluice-console${role}`)));
  });

  it('to act for somebody name each of them', () => {
    const values = { ...ON, 'hub.console.impersonation': { users: ['oidc:jane'], groups: ['oidc:shop'] } };
    const role = find(render(NAMESPACE, values), 'ClusterRole', 'sluice-console-impersonation');
    expect(rulesOf(role)).toMatchObject([
      { resources: ['users'], resourceNames: ['oidc:jane'] },
      { resources: ['groups'], resourceNames: ['oidc:shop', 'system:authenticated'] },
    ]);
  });
});

describe('the notes', () => {
  suiteWithHelm('of an installation', () => {
    it('say where the console is, and where its first user’s address', () => {
      const argv = ['install', RELEASE, CHART, '-n', NAMESPACE, '--dry-run=client', ...setOf(ON)];
      const { stdout } = helm(argv);
      expect(stdout).toContain('The console is at http://localhost:7470');
      const [, path = ''] = /-- cat (\S+)/.exec(stdout) ?? [];
      expect(consoleOf(ON)).toMatchObject({ welcome: path, firstUser: true });
      const without = helm([...argv, '--set', 'hub.console.firstUser=false']).stdout;
      expect(without).not.toContain('-- cat');
      expect(consoleOf({ ...ON, 'hub.console.firstUser': false })).toMatchObject({ firstUser: false });
    });
  });
});

interface Running {
  readonly port: number;
  readonly directory: string;
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** The rendered hub.yaml; other than in a pod are the folders that it begins with, and ports, which others may have here. */
async function startRendered(
  manifests: readonly Manifest[],
  kubeconfig: string,
  files: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<Running> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-chart-console-'));
  for (const [folder, secret] of Object.entries(files)) {
    mkdirSync(join(directory, 'etc/sluice', folder), { recursive: true });
    for (const [name, text] of Object.entries(secret))
      writeFileSync(join(directory, 'etc/sluice', folder, name), Buffer.from(text, 'base64'));
  }
  for (const folder of ['var/lib/sluice', 'tmp']) mkdirSync(join(directory, folder), { recursive: true });
  const port = await freePort();
  const text = settingsOf(manifests)
    .replaceAll(/(?<=[ '"])\/(?=etc\/sluice|var\/lib\/sluice|tmp\/)/g, `${directory}/`)
    .replace(':7470', `:${port}`)
    .replaceAll(/:(?:7443|7480|7490)/g, ':0');
  const path = join(directory, 'etc/sluice/hub.yaml');
  writeFileSync(path, text);
  const child = spawn(process.execPath, [MAIN, 'hub', '-c', path], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
  await new Promise<void>((done, failed) => {
    child.stderr?.on('data', () => output.includes('"msg":"listening"') && done());
    child.once('exit', (code) => failed(new Error(`sluice hub ended with ${code}: ${output}`)));
  });
  return { port, directory, child, output: () => output };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly cookie: string;
}

suiteWithApiServer('a hub with the rendered configuration', () => {
  let server: ApiServer;
  let running: Running;
  let authority: Buffer;

  beforeAll(async () => {
    server = await ApiServer.start({ users: [{ name: 'jane', groups: ['shop'] }, { name: 'nobody' }] });
    await server.applyDefinitions();
    for (const name of [NAMESPACE, 'shop'])
      await server.request('POST', '/api/v1/namespaces', { metadata: { name } });
    const manifests = render(NAMESPACE, {
      ...ON,
      'hub.console.service.enabled': true,
      'hub.console.roles.bindings': [{ role: 'operator', namespaces: ['shop'], groups: ['shop'] }],
    });
    const wanted = /Role|ServiceAccount/;
    await server.apply(manifests.filter(({ kind }) => wanted.test(kind)));
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/sluice-hub/token`;
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const { status } = await server.request<{ status: { token: string } }>('POST', path, asked);
    const dataOf = (name: string) => find(manifests, 'Secret', name).data as Readonly<Record<string, string>>;
    const certificate = dataOf('sluice-console-tls');
    authority = Buffer.from(certificate['tls.crt'] ?? '', 'base64');
    running = await startRendered(manifests, server.kubeconfig(status.token), {
      tls: dataOf('sluice-hub-tls'),
      console: certificate,
    });
  });
  afterAll(async () => {
    if (running !== undefined) {
      const ended = once(running.child, 'exit');
      running.child.kill('SIGTERM');
      await ended;
      rmSync(running.directory, { recursive: true });
    }
    await server?.stop();
  });

  /** As somebody who reaches the Service by its name, and trusts its certificate. */
  function ask(method: string, path: string, body?: object, cookie = ''): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        {
          ...{ method, path, host: '127.0.0.1', port: running.port, ca: authority },
          servername: 'sluice-console.sluice-system.svc',
          headers: { host: 'sluice-console.sluice-system.svc', cookie, 'content-type': 'application/json' },
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          answer.on('end', () => {
            const [session = ''] = answer.headers['set-cookie'] ?? [];
            const status = answer.statusCode ?? 0;
            resolve({ status, body: JSON.parse(text), cookie: session.replace(/;.*/s, '') });
          });
        },
      );
      request.on('error', reject).end(body === undefined ? '' : JSON.stringify(body));
    });
  }

  suiteWithHelm('lets in', () => {
    it('the first user, by the file that the notes name, which is then gone', async () => {
      const path = join(running.directory, 'tmp/console-welcome');
      const welcome = readFileSync(path, 'utf8');
      expect(welcome).toMatch(/^https:\/\/sluice-console\.sluice-system\.svc\/#\S{43}\n$/);
      const token = welcome.trim().split('#')[1] ?? '';
      expect(running.output()).not.toContain(token);
      const made = await ask('POST', '/api/bootstrap', { token, name: 'root', password: PASSWORD });
      expect([made.status, made.body.user]).toMatchObject([200, { name: 'root', role: 'admin' }]);
      expect(existsSync(path)).toBe(false);
      expect((await ask('GET', '/v1/stats', undefined, made.cookie)).status).toBe(200);
    });

    it('whom the chart has bound a role to, and shows their Services; and nobody else', async () => {
      const enter = (name: string): Promise<Answer> =>
        ask('POST', '/api/session/token', { token: tokenOf(name) });
      const jane = await enter('jane');
      expect([jane.status, jane.body.user]).toMatchObject([
        200,
        { name: 'cluster:jane', role: 'operator', namespaces: ['shop'] },
      ]);
      const seen = await ask('GET', '/api/workloads', undefined, jane.cookie);
      expect([seen.status, seen.body.unseen]).toEqual([200, []]);
      expect((await enter('nobody')).status).toBe(403);
    });
  });
});
