import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../src/config.ts';
import { ServerError } from '../src/errors.ts';
import { DEFAULT_L7 } from '../src/l7/limits.ts';
import { DEFAULT_LIMITS } from '../src/limits.ts';

const parse = (text: string) => parseConfig(text, '/etc/sluice/sluice.yaml');

function refusal(text: string): ServerError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ServerError) return error;
    throw error;
  }
  throw new RangeError('the configuration was taken');
}

const FULL = `
listen: [unix:/run/sluice/sluice.sock, "tcp:127.0.0.1:9191"]
transport: grpc-js
admin: 127.0.0.1:9200
log: {level: debug}
rules: {crs: false, directory: crs, candidate: newer}
limits: {messageBytesMax: 2048, requestBodyBytesMax: 1024}
drain: {noticeMillis: 1, waitMillis: 2}
policies:
  default:
    mode: Block
    paranoia: 2
    thresholds: {inbound: 7, outbound: 6}
    unavailable: Open
    uninspectable: {default: deny, overrides: {body_size: allow}}
    ruleFiles: {before: [before.conf], after: [/abs/after.conf]}
  shop/checkout: {mode: Off}
`;

describe('parseConfig', () => {
  it('gives everything a default, and Detect, so that switching on breaks nothing', () => {
    for (const text of ['', '{}', '# nothing\n']) {
      expect(parse(text)).toEqual({
        revision: null,
        listen: [{ kind: 'unix', path: '/run/sluice/sluice.sock' }],
        transport: 'http2',
        admin: { host: '127.0.0.1', port: 9192 },
        log: { level: 'info' },
        rules: { crs: true, directory: null, candidate: null },
        limits: DEFAULT_LIMITS,
        drain: { noticeMillis: 2_000, waitMillis: 10_000 },
        events: { stdout: true, node: hostname(), hashKeyFile: null, spool: false, workloads: null },
        capture: false,
        l7: DEFAULT_L7,
        policies: {
          default: {
            mode: 'Detect',
            staged: null,
            paranoia: 1,
            thresholds: { inbound: 5, outbound: 4 },
            unavailable: 'Closed',
            uninspectable: { default: 'deny', overrides: {} },
            ruleFiles: { before: [], after: [] },
            exclusions: [],
            addresses: { deny: [], allow: [] },
            body: { bytesMax: null, noFilesBytesMax: null, filesBytesMax: null, beyond: null },
            responses: { inspect: false, mediaTypes: null, bytesMax: null, beyond: null },
            upgrades: 'Allow',
            profile: 'streaming',
            blockPage: { status: null, bodies: [], headers: [] },
            events: { sampleClean: 0, hash: false, mask: { names: [], headers: [] } },
          },
        },
        select: { destinations: [], stricter: [] },
      });
    }
  });

  it('reads every setting, and takes paths from its own folder', () => {
    const config = parse(FULL);
    expect(config).toMatchObject({
      listen: [
        { kind: 'unix', path: '/run/sluice/sluice.sock' },
        { kind: 'tcp', host: '127.0.0.1', port: 9_191 },
      ],
      transport: 'grpc-js',
      rules: { crs: false, directory: '/etc/sluice/crs', candidate: '/etc/sluice/newer' },
      limits: { messageBytesMax: 2_048, requestBodyBytesMax: 1_024 },
      policies: {
        default: {
          mode: 'Block',
          paranoia: 2,
          unavailable: 'Open',
          uninspectable: { overrides: { body_size: 'allow' } },
          ruleFiles: { before: ['/etc/sluice/before.conf'], after: ['/abs/after.conf'] },
        },
      },
    });
    expect(config.policies['shop/checkout']?.mode).toBe('Off');
  });

  it('keeps events in a spool instead of on standard output, with bounds of its own', () => {
    const { events } = parse(
      'events: {node: n1, hashKeyFile: key, workloads: who.ndjson, spool: {directory: spool, fsync: always}}',
    );
    expect(events).toEqual({
      stdout: false,
      node: 'n1',
      hashKeyFile: '/etc/sluice/key',
      workloads: '/etc/sluice/who.ndjson',
      spool: {
        directory: '/etc/sluice/spool',
        bytesMax: 1_073_741_824,
        segmentBytes: 16_777_216,
        bufferBytesMax: 16_777_216,
        whenFull: 'dropOldest',
        fsync: 'always',
        fsyncMillis: 1_000,
        flood: { perSecond: 50, burst: 100, sampleOneIn: 100, sourcesMax: 10_000 },
      },
    });
    expect(parse('events: {stdout: true, spool: {directory: /spool}}').events.stdout).toBe(true);
    expect(parse('events: {stdout: false}').events.stdout).toBe(false);
  });

  it('keeps a default policy beside others', () => {
    expect(parse('policies: {shop: {mode: Block}}').policies.default.mode).toBe('Detect');
  });

  it('takes no admin port where none is wanted', () => {
    expect(parse('admin: false').admin).toBe(false);
  });

  it.each([
    ['a misspelt key', 'policy: {}', '1:1', 'unknown key policy; did you mean policies?'],
    ['a key in another case', 'log:\n  Level: info', '2:3', 'log: unknown key Level; did you mean level?'],
    [
      'a misspelt key in a policy',
      'policies:\n  default:\n    mode: Block\n    parnoia: 2',
      '4:5',
      'policies.default: unknown key parnoia; did you mean paranoia?',
    ],
    ['a key like nothing known', 'xyzzy: 1', '1:1', 'unknown key xyzzy; known are listen, transport'],
    ['a misspelt value', 'policies:\n  default: {mode: block}', '2:19', 'did you mean Block?'],
    ['a value like nothing known', 'transport: quic', '1:12', 'expected http2 or grpc-js'],
    [
      'a misspelt cause',
      'policies:\n  a:\n    uninspectable:\n      overrides:\n        body_sise: allow',
      '5:9',
      'did you mean body_size?',
    ],
    ['a number out of range', 'policies:\n  a:\n    paranoia: 5', '3:15', 'policies.a.paranoia'],
    ['a number that is text', 'limits: {messageBytesMax: "1"}', '1:27', 'limits.messageBytesMax'],
    ['a fraction', 'limits: {messageBytesMax: 2048.5}', '1:27', 'limits.messageBytesMax'],
    ['a list that is none', 'listen: unix:/a', '1:9', 'listen'],
    ['an empty list', 'listen: []', '1:9', 'listen'],
    ['a bad address', 'listen:\n  - unix:/a\n  - udp:1:2', '3:5', 'neither unix: nor tcp:'],
    ['a bad admin address', 'admin: nine', '1:8', 'not host:port'],
    ['a bad policy name', 'policies:\n  "a b": {}', '2:3', 'a policy name is'],
    [
      'limits at odds',
      'limits:\n  bufferedBytesMax: 2000\n  messageBytesMax: 2000',
      '2:21',
      'at least twice',
    ],
    ['a document that is no map', '- a', '1:1', 'expected object'],
  ])('refuses %s, at its place', (_, text, place, reason) => {
    const error = refusal(text);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(`/etc/sluice/sluice.yaml:${place}: `);
    expect(error.message).toContain(reason);
  });

  it('tells every problem at once', () => {
    const { message } = refusal('lissen: []\nlog: {level: loud}\ntransport: x');
    expect(message).toContain('did you mean listen?');
    expect(message).toContain('2:14: log.level');
    expect(message).toContain('3:12: transport');
  });

  it.each([
    ['bad YAML', 'a: [1', '1:'],
    ['a key given twice', 'log: {}\nlog: {}', '2:1'],
    ['an alias without its anchor', 'log: *x', '1:'],
    ['two documents', 'log: {}\n---\nlog: {}', ''],
    ['tabs for indentation', 'log:\n\tlevel: info', '2:'],
  ])('refuses %s', (_, text, place) => {
    const error = refusal(text);
    expect(error.code).toBe('CONFIG_SYNTAX');
    expect(error.message).toContain(`/etc/sluice/sluice.yaml:${place}`);
  });

  it('refuses aliases that grow without end', () => {
    const levels = Array.from({ length: 30 }, (_, index) => {
      const inner =
        index === 0
          ? 'x'
          : Array(10)
              .fill(`*a${index - 1}`)
              .join(', ');
      return `a${index}: &a${index} [${inner}]`;
    });
    expect(refusal(levels.join('\n')).code).toBe('CONFIG_SYNTAX');
  });

  it('keeps Off a word', () => {
    expect(parse('policies: {default: {mode: Off}}').policies.default.mode).toBe('Off');
  });
});

describe('loadConfig', () => {
  it('reads a file, and says why it cannot', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    const path = join(folder, 'sluice.yaml');
    writeFileSync(path, 'rules: {directory: ./crs}');
    expect(loadConfig(path).rules.directory).toBe(join(folder, 'crs'));
    expect(() => loadConfig(join(folder, 'no.yaml'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE' }),
    );
    expect(() => loadConfig(folder)).toThrow(expect.objectContaining({ code: 'CONFIG_UNREADABLE' }));
    writeFileSync(path, '#'.repeat(1_048_577));
    expect(() => loadConfig(path)).toThrow(expect.objectContaining({ code: 'CONFIG_UNREADABLE' }));
    rmSync(folder, { recursive: true });
  });
});
