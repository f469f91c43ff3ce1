/** docs/console.md: its example is good, and its roles are those of the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHubConfig } from '@sluice/hub';
import { expect, it } from 'vitest';
import { ROLES } from '../../packages/console/src/identity/role.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/console.md'), 'utf8');

it('has an example of hub.yaml that is good', () => {
  const [, text = ''] = /^```yaml hub\n(.*?)^```$/ms.exec(page) ?? [];
  expect(parseHubConfig(text, 'hub.yaml').console).toMatchObject({
    listen: { host: '127.0.0.1', port: 7470 },
  });
});

it('tells every role', () => {
  const told = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, role]) => role);
  expect(told).toEqual([...ROLES]);
});
