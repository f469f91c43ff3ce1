/** docs/console.md: its example is good, and its roles are those of the code. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseHubConfig } from '@sluice/hub';
import { expect, it } from 'vitest';
import { ROLES } from '../../packages/console/src/identity/role.ts';
import { consolePages } from './console-pages.ts';

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
