import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from '../src/commands/policy.ts';
import { type PolicyExplainFlags, runPolicyExplain } from '../src/policy-explain/command.ts';

const CONFIG = `policies:
  default: {mode: Detect}
  shop:
    mode: Block
    paranoia: 2
    addresses: {allow: [192.0.2.0/24]}
select:
  destinations:
    - {policy: shop, addresses: [10.1.0.0/16, "2001:db8::/32"], ports: [8080]}
    - policy: shop
      routes: [cart]
  stricter:
    - hosts: [admin.example.com]
      paranoia: 3
      thresholds:
        inbound: 3
    - headers: [{name: X-Team, value: red}]
      deny: everybody
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  writeFileSync(join(folder, 'sluice.yaml'), CONFIG);
});

afterAll(() => rmSync(folder, { recursive: true }));

function explain(...args: readonly string[]): string {
  const program = new Command();
  register(program);
  const command = program.commands[0]?.commands[0];
  if (command === undefined) throw new TypeError('no command');
  command.exitOverride().action(() => undefined);
  command.parse(['-c', join(folder, 'sluice.yaml'), ...args], { from: 'user' });
  let text = '';
  const stdout = { write: (piece: string) => (text += piece) };
  runPolicyExplain(command.opts<PolicyExplainFlags>(), { stdout, variables: {} });
  return text.replaceAll(folder, 'DIR');
}

const line = (text: string, start: string): string =>
  text
    .split('\n')
    .find((each) => each.trimStart().startsWith(start))
    ?.replaceAll(/ +/g, ' ')
    .trim() ?? '';

describe('sluice policy explain', () => {
  it('says which policy applies, why, and where each setting is written', () => {
    const text = explain('--to', '10.1.2.3:8080', '--host', 'admin.example.com', '--client', '192.0.2.9');
    expect(text.split('\n').slice(0, 4)).toEqual([
      'policy shop',
      '  entry 1 of select.destinations is the first that matches the destination  DIR/sluice.yaml:9',
      '  entry 1 of select.stricter matches the request by its host  DIR/sluice.yaml:13',
      '  the client is not inspected',
    ]);
    expect(line(text, 'mode')).toBe('mode Block DIR/sluice.yaml:4');
    expect(line(text, 'paranoia')).toBe('paranoia 3 DIR/sluice.yaml:14 (stricter)');
    expect(line(text, 'thresholds.inbound')).toBe('thresholds.inbound 3 DIR/sluice.yaml:16 (stricter)');
    expect(line(text, 'thresholds.outbound')).toBe('thresholds.outbound 4 default');
    expect(line(text, 'body.bytesMax')).toBe('body.bytesMax as the rules say default');
    expect(line(text, 'addresses.allow')).toBe('addresses.allow ["192.0.2.0/24"] DIR/sluice.yaml:6');
  });

  it('speaks JSON', () => {
    const answer = JSON.parse(explain('--to', '[2001:db8::1]:8080', '--header', 'x-team: red', '--json'));
    expect(answer).toMatchObject({ policy: 'shop', client: 'denied' });
    expect(answer.because[1].place).toBe('DIR/sluice.yaml:17:7');
    expect(answer.settings).toContainEqual({
      name: 'addresses.deny',
      value: ['0.0.0.0/0', '::/0'],
      from: 'stricter',
      place: 'DIR/sluice.yaml:18:13',
    });
    expect(answer.settings).toContainEqual({
      name: 'upgrades',
      value: 'Allow',
      from: 'default',
      place: null,
    });
  });

  it.each([
    [[], 'policy default'],
    [['--route', 'cart'], 'policy shop'],
    [['--policy', 'shop', '--to', '10.9.9.9:1'], 'policy shop'],
    [['--to', '10.1.2.3:80'], 'policy default'],
  ])('finds for %j %s', (args, first) => {
    expect(explain(...args).split('\n')[0]).toBe(first);
  });

  it.each([
    [['--to', 'shop:80'], 'POLICY_EXPLAIN_CALL'],
    [['--to', '10.1.2.3:99999'], 'POLICY_EXPLAIN_CALL'],
    [['--client', 'me'], 'POLICY_EXPLAIN_CALL'],
    [['--header', 'X-Team'], 'POLICY_EXPLAIN_CALL'],
    [['--policy', 'shpo'], 'POLICY_UNKNOWN'],
  ])('refuses %j', (args, code) => {
    expect(() => explain(...args)).toThrow(expect.objectContaining({ code }));
  });
});
