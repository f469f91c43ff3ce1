/** docs/console.md: its example is good, and its roles are those of the code. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseHubConfig } from '@sluice/hub';
import { expect, it } from 'vitest';
import { ROLES } from '../../packages/console/src/identity/role.ts';
import { consolePages } from './console-pages.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/console.md'), 'utf8');

it('has examples of hub.yaml that are good', () => {
  const texts = [...page.matchAll(/^```yaml hub\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const consoles = texts.map((text) => parseHubConfig(text, 'hub.yaml').console);
  expect(consoles).toMatchObject([
    { listen: { host: '127.0.0.1', port: 7470 }, oidc: false, kubernetes: false },
    { oidc: { userClaim: 'sub', groups: [{ namespaces: null }, { namespaces: ['shop', 'till'] }] } },
    { kubernetes: { namespace: 'sluice-system', audiences: [], oidcUsers: { userPrefix: 'oidc:' } } },
  ]);
});

it.each([
  ['an issuer that everybody on the way can read', { issuer: 'http://login.example.org' }],
  ['an address with a path', { address: 'https://waf.example.org/console' }],
  ['no group', { groups: [] }],
])('refuses %s', (_, wrong) => {
  const oidc = {
    ...{ issuer: 'https://login.example.org', clientId: 'a', address: 'https://waf.example.org' },
    ...{ groups: [{ group: 'a', role: 'viewer' }], ...wrong },
  };
  const text = JSON.stringify({ store: { type: 'sqlite', path: 'a' }, console: { oidc } });
  expect(() => parseHubConfig(text, 'hub.yaml')).toThrow(/HUB_CONFIG_INVALID/);
});

it('tells every role', () => {
  const [, users = ''] = /^## Users\n(.*?)^## /ms.exec(page) ?? [];
  const told = [...users.matchAll(/^\| `(\w+)` \|/gm)].map(([, role]) => role);
  expect(told).toEqual([...ROLES]);
});

/** Of one picture: small enough to be read with the text. */
const PICTURE_BYTES_MAX = 250_000;

it('shows each page of the menu, and an event, light and dark', () => {
  const names = [...consolePages().map(([name]) => name), 'event'];
  expect(names).toContain('overview');
  for (const name of names) {
    for (const scheme of ['light', 'dark']) {
      const picture = `console/${name}-${scheme}.png`;
      expect(page, 'node scripts/screenshots.ts makes it').toContain(`(${picture})`);
      const { size } = statSync(join(import.meta.dirname, '../../docs', picture));
      expect(size, picture).toBeLessThan(PICTURE_BYTES_MAX);
    }
  }
});
