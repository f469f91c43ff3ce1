/** docs/alerts.md: its examples are good, its fields are those of the schema; so are the alerts that come with Sluice. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KINDS } from '@sluice/controller';
import { alertSpecSchema, parseHubConfig, readAlerts } from '@sluice/hub';
import { expect, it } from 'vitest';
import { alertsDocument, readAlertsDocument } from '../../scripts/alerts-doc.ts';
import { repositoryRoot } from '../../scripts/tidy.ts';

const page = readAlertsDocument();
const examples = (kind: string): readonly string[] =>
  [...page.matchAll(/^```yaml (\w+)\n(.*?)^```$/gms)]
    .filter(([, own]) => own === kind)
    .map(([, , text = '']) => text);

it('has the fields of the schema', () => {
  expect(alertsDocument(page)).toBe(page);
});

it('has examples that are good', () => {
  expect(examples('hub').map((text) => parseHubConfig(text, 'hub.yaml').alerts.files)).toHaveLength(1);
  const [cluster = ''] = examples('cluster');
  expect(parseHubConfig(cluster, 'hub.yaml').alerts.kubernetes).toEqual({ namespace: 'sluice-system' });
  const [webhooks = ''] = examples('webhooks');
  expect(Object.keys(parseHubConfig(webhooks, 'hub.yaml').alerts.webhooks)).toHaveLength(5);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-alerts-doc-'));
  try {
    writeFileSync(join(folder, 'alert.yaml'), examples('alert').join('\n---\n'));
    const { definitions, faults } = readAlerts([folder]);
    expect([definitions.length, faults]).toEqual([1, []]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('names every field of an alert', () => {
  for (const name of Object.keys(alertSpecSchema.shape)) {
    if (name !== 'type') expect(page).toContain(`\`${name}\``);
  }
});

it('has ready ones, each of which the table names', () => {
  const { definitions, faults } = readAlerts([join(repositoryRoot, 'rules/alerts')]);
  expect(faults).toEqual([]);
  const ready = page.slice(page.indexOf('rules/alerts'), page.indexOf('## An alert'));
  const named = [...ready.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  expect(definitions.map(({ name }) => name).toSorted()).toEqual(named.toSorted());
});

it('is written with the fields that the kind in a cluster has', () => {
  const { spec } = KINDS.Alert;
  expect(Object.keys(alertSpecSchema.shape).toSorted()).toEqual(Object.keys(spec.shape).toSorted());
});
