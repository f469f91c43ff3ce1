import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';

const config = (name: string, fields: object = {}): string =>
  JSON.stringify({
    'current-context': name,
    clusters: [{ name, cluster: { server: `https://${name}.example` } }],
    users: [{ name, user: { token: name } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    ...fields,
  });

describe('a kubeconfig', () => {
  let directory: string;
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const server = (...from: Parameters<typeof loadKubeconfig>): string | undefined =>
    loadKubeconfig(...from).getCurrentCluster()?.server;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-kubeconfig-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('that is named goes before those of the environment', () => {
    const kubeconfig = file('one', config('one'));
    const environment = { KUBECONFIG: file('two', config('two')), HOME: directory };
    expect(server({ kubeconfig }, environment)).toBe('https://one.example');
    expect(server({}, environment)).toBe('https://two.example');
  });

  it('may be several files, of which the first is right', () => {
    const KUBECONFIG = `${file('one', config('one'))}:${file('two', config('two'))}`;
    expect(server({}, { KUBECONFIG })).toBe('https://one.example');
    expect(server({ context: 'two' }, { KUBECONFIG })).toBe('https://two.example');
  });

  it('that is nowhere is told with what to do', () => {
    expect(() => loadKubeconfig({}, { HOME: directory })).toThrow(/\[KUBECONFIG_ABSENT\]/);
  });

  it.each([
    ['is no YAML', '{', /KUBECONFIG_INVALID/],
    ['has no current context', config('one', { 'current-context': '' }), /no current context/],
    ['names a context that it has not', config('one', { contexts: [] }), /it has no context one/],
    ['names a cluster that it has not', config('one', { clusters: [] }), /a cluster that it does not have/],
    ['names a user that it has not', config('one', { users: [] }), /a user that it does not have/],
    [
      'has no address of a server',
      config('one', { clusters: [{ name: 'one', cluster: { server: 'nowhere' } }] }),
      /nowhere is no address/,
    ],
  ])('that %s is told by its path', (_, text, expected) => {
    const kubeconfig = file('bad', text);
    const load = (): unknown => loadKubeconfig({ kubeconfig }, {});
    expect(load).toThrow(expected);
    expect(load).toThrow(kubeconfig);
  });

  it('that cannot be read is told by its path', () => {
    expect(() => loadKubeconfig({ kubeconfig: join(directory, 'none') }, {})).toThrow(/none.*ENOENT/);
  });
});
