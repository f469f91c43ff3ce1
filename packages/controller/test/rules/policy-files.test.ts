import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import { buildGeneration, parseConfig } from '@sluice/server';
import { afterEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { PlannedPolicy } from '../../src/plan/plan.ts';
import { policyFiles } from '../../src/rules/policy-files.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const POLICY: PlannedPolicy = {
  name: 'shop/web',
  settings: { mode: 'Block', paranoia: 2 },
  before: [
    { source: 'sluice-system/house', text: 'SecDefaultAction "phase:2,deny,status:418"\nSecMarker A' },
    { source: 'shop/payments', text: 'SecRule ARGS:x "@streq ä" "id:1,phase:2"' },
  ],
  after: [{ source: 'shop/payments', text: 'SecMarker B' }],
};

/** Writes what the node writes, and reads it as the server does. */
function served(policies: readonly PlannedPolicy[]) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-policy-files-'));
  folders.push(folder);
  mkdirSync(join(folder, 'rules'));
  const written = policies.map((policy) => policyFiles(policy, 'rules'));
  for (const { files } of written) {
    for (const { name, text } of files) writeFileSync(join(folder, 'rules', name), text);
  }
  const entries = Object.fromEntries(written.map(({ name, entry }) => [name, entry]));
  const config = parseConfig(stringify({ policies: entries }), join(folder, 'sluice.yaml'));
  const base = join(folder, 'base.conf');
  writeFileSync(base, '');
  const engine = new Engine({ cacheDirectory: null });
  const { generation } = buildGeneration({ engine, id: 1, baseFiles: [base], policies: config.policies });
  return { config, generation };
}

it('is a policy that the server takes, with its rules in their order', () => {
  const { config, generation } = served([POLICY]);
  expect(config.policies['shop/web']).toMatchObject({ mode: 'Block', paranoia: 2 });
  const rules = generation.policies.get('shop/web');
  const programs = [...(rules?.before ?? []), ...(rules?.after ?? [])].map(
    (index) => generation.units[index]?.program,
  );
  expect(
    programs.map((program) => program?.items.map((item) => ('name' in item ? item.name : item.id))),
  ).toEqual([['A', 1], ['B']]);
});

it('keeps one RuleSet’s default action from the rules of the next', () => {
  const { generation } = served([POLICY]);
  const rule = generation.units.flatMap(({ program }) => program.items).find((item) => item.kind === 'rule');
  expect(rule).toMatchObject({ id: 1, disruption: { kind: 'pass' }, log: true, auditLog: true });
});

it('names a file by its text, and the same text of a RuleSet once', () => {
  const other = { ...POLICY, name: 'shop/other', before: POLICY.before.slice(1) };
  const [first, second] = [POLICY, other].map((policy) => policyFiles(policy, '/etc/rules'));
  const names = new Set(first?.files.map(({ name }) => name));
  expect(second?.files.every(({ name }) => names.has(name))).toBe(true);
  expect(first?.entry.ruleFiles).toEqual({
    before: [...names].slice(0, 3).map((name) => `/etc/rules/${name}`),
    after: [...names].slice(3).map((name) => `/etc/rules/${name}`),
  });
  const changed = { ...POLICY, after: [{ source: 'shop/payments', text: 'SecMarker C' }] };
  expect(policyFiles(changed, 'rules').files.at(-1)?.name).not.toBe(first?.files.at(-1)?.name);
});

it('has no ruleFiles but its own', () => {
  const settings = { ...POLICY.settings, ruleFiles: { before: ['/etc/shadow'], after: [] } };
  const { entry } = policyFiles({ ...POLICY, settings, before: [], after: [] }, 'rules');
  expect(entry.ruleFiles).toEqual({ before: [], after: [] });
});

it.each(['../../etc/passwd', 'shop', 'shop/../x', 'a/b/c', '/', 'shop/.hidden', 'SHOP/x'])(
  'refuses a source that names no RuleSet: %s',
  (source) => {
    const policy = { ...POLICY, before: [{ source, text: '' }] };
    expect(() => policyFiles(policy, 'rules')).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
  },
);
