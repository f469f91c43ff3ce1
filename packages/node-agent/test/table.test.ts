/** A table is taken whole or refused with each field and its place. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeAgentError } from '../src/errors.ts';
import { parseTable } from '../src/table/read.ts';

const POD = {
  namespace: 'shop',
  name: 'web',
  uid: 'u1',
  networkNamespacePath: '/run/netns/web',
  mode: 'Block',
  ports: [{ number: 80, protocol: 'http' }],
};
const table = (...pods: readonly unknown[]): string =>
  JSON.stringify({ settings: { sluiceSockets: ['/run/sluice.sock'] }, pods }, null, 1);

function refusal(text: string): string {
  try {
    parseTable(text, 'table.yaml');
  } catch (error) {
    if (error instanceof NodeAgentError) return error.message;
    throw error;
  }
  return 'it was taken';
}

describe('parseTable', () => {
  it('gives what is left out its default', () => {
    const { settings, pods } = parseTable(table(POD), 't');
    expect(settings).toMatchObject({ originalSourceMark: 1_338, trustedProxies: [] });
    expect(pods[0]).toMatchObject({
      ...POD,
      ...{
        hostNetwork: false,
        ipFamilies: ['IPv4', 'IPv6'],
        unavailable: 'Closed',
        policy: 'default',
        exemptSources: [],
      },
    });
  });

  it('reads YAML as it reads JSON', () => {
    const yaml =
      'settings: {sluiceSockets: [/run/sluice.sock]}\npods:\n- {namespace: shop, name: web, uid: u1,\n   networkNamespacePath: /run/netns/web, mode: Block, ports: [{number: 80, protocol: http}]}\n';
    expect(parseTable(yaml, 't')).toEqual(parseTable(table(POD), 't'));
  });

  it.each([
    ['a field that is not known', { ...POD, colour: 1 }, 'pods.0.colour: this field is not known'],
    ['a mode that is none', { ...POD, mode: 'Bloc' }, 'pods.0.mode: expected Off or Detect or Block'],
    [
      'a relative path',
      { ...POD, networkNamespacePath: 'web' },
      'networkNamespacePath: expected an absolute path',
    ],
    [
      'no namespace',
      { ...POD, networkNamespacePath: null },
      'pods.0.networkNamespacePath: a pod that is not',
    ],
    [
      'a port twice',
      { ...POD, ports: [...POD.ports, ...POD.ports] },
      'pods.0.ports: two of them have the same number',
    ],
    ['port 0', { ...POD, ports: [{ number: 0, protocol: 'http' }] }, 'pods.0.ports.0.number'],
    [
      'a key without TLS',
      {
        ...POD,
        ports: [{ number: 1, protocol: 'http', tls: { certificateChainPath: '/a', privateKeyPath: '/b' } }],
      },
      'a key is for protocol tls only',
    ],
    [
      'a range that is none',
      { ...POD, exemptSources: ['10.0.0.0/33'] },
      'pods.0.exemptSources.0: expected a CIDR range',
    ],
    [
      'a policy of a port without a mode',
      { ...POD, ports: [{ number: 80, protocol: 'http', policy: { name: 'own' } }] },
      'pods.0.ports.0.policy.mode',
    ],
    [
      'a policy of a port that is no header, with ext_proc',
      {
        ...POD,
        ports: [
          { number: 80, protocol: 'http', policy: { name: 'my own', mode: 'Block', dataPath: 'ext_proc' } },
        ],
      },
      'pods.0.ports.0.policy.name: with ext_proc',
    ],
    ['a uid that would break names', { ...POD, uid: 'a/b' }, 'pods.0.uid: expected letters'],
  ])('refuses %s, with its place', (_, pod, reason) => {
    const message = refusal(table(pod));
    expect(message).toContain(reason);
    expect(message).toMatch(/^table\.yaml:[1-9]\d*:\d+: .*\[TABLE_INVALID\]$/s);
  });

  it('refuses two pods with one uid, and tells all problems at once', () => {
    expect(refusal(table(POD, POD))).toContain('two of them have the same uid');
    const message = refusal(table({ ...POD, mode: 1 }, { ...POD, uid: 'u2', ports: 3 }));
    expect(message).toContain('pods.0.mode');
    expect(message).toContain('pods.1.ports');
  });

  it('shows the place of what is no YAML', () => {
    expect(refusal('settings:\n  - [')).toMatch(/^table\.yaml:\d+:\d+: .*\[TABLE_SYNTAX\]$/s);
  });

  it('is total: any text is taken or refused with a code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(typeof refusal(text)).toBe('string');
      }),
    );
  });
});
