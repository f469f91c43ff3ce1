import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proxyBootstrap } from '@sluice/envoy-config';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { register } from '../src/commands/envoy.ts';
import { startEnvoy } from '../src/envoy/process.ts';
import { type EnvoyConfigFlags, runEnvoyConfig } from '../src/envoy-config/command.ts';
import { type EnvoyDoctorFlags, runEnvoyDoctor } from '../src/envoy-doctor/command.ts';
import { envoyBinary } from '../src/setup/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-envoy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Flags as the command line gives them, defaults included. */
function flagsOf<T extends object>(name: string, argv: readonly string[]): T {
  const program = new Command().exitOverride();
  register(program);
  const command = program.commands[0]?.commands.find((one) => one.name() === name);
  command?.action(() => undefined);
  program.parse(['envoy', name, ...argv], { from: 'user' });
  return command?.opts() as T;
}

function config(...argv: readonly string[]): string {
  let text = '';
  runEnvoyConfig(flagsOf<EnvoyConfigFlags>('config', argv), {
    stdout: { write: (piece) => (text += piece) },
  });
  return text;
}

async function doctor(target: string, ...argv: readonly string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const flags = flagsOf<EnvoyDoctorFlags>('doctor', [target, ...argv]);
  const code = await runEnvoyDoctor(target, flags, {
    stdout: { write: (piece) => (text += piece) },
    variables: {},
  });
  return { code, text };
}

const validated = (path: string): string =>
  execFileSync(envoyBinary(), ['--mode', 'validate', '-c', path, '-l', 'error'], { encoding: 'utf8' });

const TABLE = `
settings: {sluiceSockets: [/run/sluice/0.sock], redirectPort: 15006, originalSourceMark: 20759}
pods:
  - namespace: shop
    name: web-1
    uid: u1
    networkNamespacePath: /proc/self/ns/net
    ports: [{number: 8080, protocol: http}, {number: 3306, protocol: tcp}]
    policy: shop
    mode: Block
    unavailable: Closed
    ipFamilies: [IPv4]
`;

describe('sluice envoy config', () => {
  it.each([
    ['off', []],
    ['detect', ['--unavailable', 'closed']],
    ['block', ['--unavailable', 'open', '--upgrade', 'websocket']],
    ['block', ['--paths', 'strict', '--access-log', '/dev/null', '--socket', '/a', '--socket', '/b']],
    ['off', ['--data-path', 'ext_proc']],
    ['detect', ['--data-path', 'ext_proc', '--profile', 'window', '--responses']],
    ['block', ['--data-path', 'ext_proc', '--upgrade', 'websocket', '--access-log', '/dev/null']],
    ['block', ['--data-path', 'ext_proc', '--profile', 'buffered', '--unavailable', 'open', '--responses']],
  ])('writes a proxy in %s that Envoy takes and the doctor passes', async (mode, more) => {
    const path = file('proxy.yaml', config('--upstream', '127.0.0.1:3000', '--mode', mode, ...more));
    expect(validated(path)).toContain('OK');
    expect(await doctor(path, '--strict')).toMatchObject({ code: 0 });
  });

  it('takes mode, unavailable and sockets of sluice.yaml, and lets the command line have the last word', () => {
    const policies = 'policies: {shop: {mode: Block, unavailable: Open}, default: {mode: Detect}}';
    const path = file('sluice.yaml', `listen: [unix:/run/one.sock, unix:/run/two.sock]\n${policies}\n`);
    const read = (...argv: readonly string[]): string =>
      config('-c', path, '--policy', 'shop', '--upstream', 'shop:80', '--json', ...argv);
    expect(read()).toContain('"path": "/run/two.sock"');
    expect(read()).toContain('"failure_mode_allow": true');
    expect(read()).toContain('"allow_partial_message": false');
    expect(read('--unavailable', 'closed')).toContain('"failure_mode_allow": false');
    expect(() => config('-c', path, '--policy', 'none', '--upstream', 'shop:80')).toThrow(
      'has shop, default',
    );
  });

  it('takes profile and responses of sluice.yaml, too, and writes nothing that the policy contradicts', () => {
    const shop = '{mode: Block, profile: window, responses: {inspect: true}, upgrades: Deny}';
    const path = file('stream.yaml', `policies: {shop: ${shop}}\n`);
    const read = (...argv: readonly string[]): string =>
      config('-c', path, '--policy', 'shop', '--upstream', 'shop:80', '--json', ...argv);
    const text = read('--data-path', 'ext_proc');
    expect(text).toContain('"response_body_mode": "STREAMED"');
    expect(text).toContain('"value": "window"');
    expect(() => read('--data-path', 'ext_proc', '--upgrade', 'websocket')).toThrow(/--upgrade: .* denies/);
    expect(read('--data-path', 'ext_proc', '--upgrade', 'websocket', '--mode', 'detect')).toContain(
      'websocket',
    );
    // It would write a configuration in which nobody looks at responses.
    expect(() => read()).toThrow(/--data-path: the policy inspects responses/);
  });

  it('prints what becomes of a table', () => {
    const { listeners, ports } = parse(config('--for', 'node', '--table', file('table.yaml', TABLE)));
    expect(listeners.map((listener: { name: string }) => listener.name)).toEqual(['pod/u1/IPv4']);
    expect(ports).toEqual([
      { pod: 'u1', port: 8_080, state: 'Inspected', reason: null },
      { pod: 'u1', port: 3_306, state: 'Refused', reason: 'NotHttp' },
    ]);
  });

  it('writes a folder that Envoy starts with', async () => {
    const out = join(folder, 'node');
    expect(config('--for', 'node', '--table', file('table.yaml', TABLE), '--out', out)).toBe('');
    expect(validated(join(out, 'bootstrap.json'))).toContain('OK');
    expect(await doctor(join(out, 'lds.json'))).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(out, 'cds.json'), 'utf8')).resources).toHaveLength(2);
  });

  it.each([[['--profile', 'window']], [['--responses']]])('refuses %j, which only a stream has', (flags) => {
    expect(() => config('--upstream', '127.0.0.1:3000', ...flags)).toThrow(
      expect.objectContaining({ code: 'ENVOY_CALL' }),
    );
  });

  it('takes the way of each pod from the table', () => {
    const table = TABLE.replace(
      'mode: Block',
      'mode: Block\n    dataPath: ext_proc\n    profile: window\n    responses: true',
    );
    const text = config('--for', 'node', '--table', file('streamed.yaml', table));
    expect(text).toContain('envoy.filters.http.ext_proc');
    expect(text).not.toContain('envoy.filters.http.ext_authz.v3');
    expect(text).toContain('value: window');
    expect(text).toContain('response_body_mode: STREAMED');
  });

  it('writes objects for gateways, a document each', () => {
    const service = ['--service', 'sluice-system/sluice:9191'];
    const kinds = (...argv: readonly string[]) =>
      parseAllDocuments(config(...service, ...argv)).map((document) => document.toJS().kind);
    const route = ['--for', 'envoy-gateway', '--target', 'HTTPRoute/shop/web', '--gateway', 'edge'];
    expect(kinds(...route)).toEqual(['SecurityPolicy', 'EnvoyPatchPolicy', 'ReferenceGrant']);
    expect(kinds(...route, '--data-path', 'ext_proc')).toEqual([
      'EnvoyExtensionPolicy',
      'EnvoyPatchPolicy',
      'ReferenceGrant',
    ]);
    const mesh = ['--namespace', 'shop', '--label', 'app=web'];
    expect(kinds('--for', 'istio', ...mesh)).toEqual(['EnvoyFilter']);
    expect(kinds('--for', 'istio-provider', ...mesh)).toEqual([
      undefined,
      'AuthorizationPolicy',
      'EnvoyFilter',
    ]);
  });

  it.each([
    ['a proxy without a workload', 'ENVOY_CALL', '--upstream', []],
    ['an upstream without a port', 'ENVOY_CALL', '--upstream', ['--upstream', 'shop']],
    [
      'a number that is none',
      'ENVOY_CALL',
      '--verdict-millis',
      ['--upstream', 'a:1', '--verdict-millis', 'x'],
    ],
    ['a node without a table', 'ENVOY_CALL', '--table', ['--for', 'node']],
    ['a gateway without a service', 'ENVOY_CALL', '--service', ['--for', 'istio', '--namespace', 'a']],
    ['a table that is not there', 'ENVOY_UNREADABLE', 'no.yaml', ['--for', 'node', '--table', '/no.yaml']],
  ])('refuses %s', (_, code, place, argv) => {
    expect(() => config(...argv)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(place), remedy: expect.any(String) }),
    );
  });

  it('refuses a table with a word that it does not know, and says where', () => {
    const path = file('bad.yaml', TABLE.replace('policy: shop', 'polcy: shop'));
    expect(() => config('--for', 'node', '--table', path)).toThrow(/pods\.0.*polcy/);
  });
});

describe('sluice envoy doctor', () => {
  const broken = (): string => {
    const text = config('--upstream', '127.0.0.1:3000', '--mode', 'block');
    return file('broken.yaml', text.replace('failure_mode_allow: false', 'failure_mode_allow: true'));
  };

  it('fails on an error, with its place and remedy', async () => {
    const { code, text } = await doctor(broken());
    expect(code).toBe(1);
    expect(text).toContain('error FAIL_OPEN');
    expect(text).toContain('http_filters[0].typed_config.failure_mode_allow');
    expect(text).toContain('1 error, 0 warnings');
  });

  it('says the same as JSON', async () => {
    const { code, text } = await doctor(broken(), '--json');
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({ failed: true, listeners: 1, findings: [{ code: 'FAIL_OPEN' }] });
  });

  it('fails on a warning only where it is told to', async () => {
    const path = file(
      'warned.yaml',
      config('--upstream', '127.0.0.1:3000', '--admin', '0.0.0.0:0', '--mode', 'block'),
    );
    expect((await doctor(path)).code).toBe(0);
    expect((await doctor(path, '--strict')).code).toBe(1);
    expect((await doctor(path, '--envoy-version', '1.38.0')).text).toContain('CVE-2026-47205');
  });

  it.each(['Block', 'Detect'] as const)(
    'reads a running Envoy in %s, and finds nothing in ours',
    async (mode) => {
      const listener = { name: 'shop', host: '127.0.0.1', port: 0, upstream: { host: '127.0.0.1', port: 9 } };
      const policy = { name: 'default', mode, unavailable: 'Closed' } as const;
      const sluiceSockets = [join(folder, 'a.sock'), join(folder, 'b.sock')];
      const bootstrap = proxyBootstrap({ listeners: [{ ...listener, policy }], sluiceSockets });
      const envoy = await startEnvoy({ bootstrap, concurrency: 1 });
      try {
        const { code, text } = await doctor(`http://${envoy.adminAddress}`, '--json');
        expect(JSON.parse(text)).toMatchObject({
          findings: [],
          listeners: 1,
          clusters: 2,
          version: '1.40.0',
        });
        expect(code).toBe(0);
      } finally {
        await envoy.stop();
      }
    },
  );

  it('says so where it can read nothing', async () => {
    await expect(doctor('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'ENVOY_UNREADABLE' });
    await expect(doctor('/no/such/file')).rejects.toMatchObject({ code: 'ENVOY_UNREADABLE' });
    await expect(doctor(file('text.yaml', 'a: 1'))).rejects.toMatchObject({ code: 'ENVOY_DOCUMENT' });
  });
});
