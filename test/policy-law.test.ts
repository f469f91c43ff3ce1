/** What host and headers make of a policy denies all that the policy denies, with the real CRS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import { createEngineInspector, parseConfig } from '@sluice/server';
import { afterAll, expect, it } from 'vitest';
import { baseFiles } from '../packages/cli/src/serve/base-files.ts';
import { cacheDirectory } from '../packages/cli/src/setup/paths.ts';
import { PolicySelector } from '../packages/server/src/policies/select.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-law-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CONFIG = `
policies: {default: {mode: Block, thresholds: {inbound: 10}}}
select:
  stricter:
    - {hosts: [a.example], paranoia: 4}
    - {hosts: [b.example], thresholds: {inbound: 3}}
    - {headers: [{name: x-deny}], deny: everybody}
`;

/** Attacks of several kinds and strengths, and what is none. */
const VALUES = [
  ...[
    'hello',
    '',
    'a+b',
    'union committee',
    "O'Neill",
    '1=1',
    'select one',
    '../x',
    '%00',
    '{{7*7}}',
    'a%0d%0ab',
  ],
  ...[
    "1' or '1'='1",
    '1 union select 1,2 from users',
    '<script>alert(1)</script>',
    '<b>',
    'javascript:alert(1)',
  ],
  ...[
    '../../../../etc/passwd',
    '; cat /etc/passwd',
    '$(id)',
    '|ls',
    'http://127.0.0.1/',
    'file:///etc/passwd',
  ],
  ...[
    '\u0024{jndi:ldap://x/a}',
    '<?php system(1);',
    '() { :;}; /bin/ls',
    'sleep(5)',
    "';waitfor delay '0:0:5'--",
  ],
];

it('what is denied stays denied, whatever is sent beside it', async () => {
  const config = parseConfig(CONFIG, join(folder, 'sluice.yaml'));
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const { inspector } = createEngineInspector({ ...config, engine, baseFiles: baseFiles(config.rules) });
  const selector = new PolicySelector(config.policies, config.select);
  const keys = [...selector.variants.keys()];
  expect(keys).toHaveLength(8);
  let denied = 0;
  for (const [index, value] of VALUES.entries()) {
    const verdict = async (policy: string): Promise<string> => {
      const attributes = {
        id: `law-${index}`,
        method: 'GET',
        uri: `/?q=${encodeURIComponent(value)}`,
        protocol: 'HTTP/1.1',
        headers: [
          ['Host', 'shop.example'],
          ['User-Agent', 'Mozilla/5.0'],
          ['Accept', '*/*'],
        ] as const,
        client: { address: '192.0.2.1', port: 1 },
        server: { address: '192.0.2.2', port: 80 },
      };
      const request = { attributes, policy, probe: false, body: new Uint8Array(), bodyComplete: true };
      return (await inspector.inspect(request)).verdict.kind;
    };
    if ((await verdict('default')) !== 'deny') continue;
    denied++;
    for (const key of keys) expect([value, key, await verdict(key)]).toEqual([value, key, 'deny']);
  }
  expect(denied).toBeGreaterThan(5);
  expect(denied).toBeLessThan(VALUES.length);
});
