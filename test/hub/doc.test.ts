/** docs/hub.md: its examples are good, its limits are those of the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HUB_DEFAULT_LIMITS, parseHubConfig } from '@sluice/hub';
import { expect, it } from 'vitest';
import { parseShipConfig } from '../../packages/cli/src/ship/config.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/hub.md'), 'utf8');
const examples = (kind: string): readonly string[] =>
  [...page.matchAll(/^```yaml (\w+)\n(.*?)^```$/gms)]
    .filter(([, own]) => own === kind)
    .map(([, , text = '']) => text);

it('has examples of hub.yaml and ship.yaml that are good', () => {
  expect(examples('hub').map((text) => parseHubConfig(text, 'hub.yaml').store.type)).toEqual([
    'sqlite',
    'sqlite',
    'sqlite',
    'elasticsearch',
  ]);
  expect(
    examples('ship').map((text) => parseShipConfig(text, 'ship.yaml').sinks.map(({ name }) => name)),
  ).toEqual([['hub'], ['hub'], ['ndjson', 'stdout', 'otlp', 'syslog', 'opensearch']]);
});

it('tells every limit with its default', () => {
  const told = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ]);
  expect(Object.fromEntries(told)).toEqual(HUB_DEFAULT_LIMITS);
});
