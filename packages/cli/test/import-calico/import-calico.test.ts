/** `sluice import calico`: what it prints of a file, and what it says of what it leaves out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { specProblems } from '@sluice/controller';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runImportCalico } from '../../src/import-calico/command.ts';
import { readObjects } from '../../src/import-calico/read.ts';
import type { Manifest } from '../../src/import-calico/render.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../../deploy/examples/calico');
const WHOLE = `
apiVersion: v1
kind: List
items:
  - apiVersion: applicationlayer.projectcalico.org/v3
    kind: WAFPolicy
    metadata:
      name: cart
      namespace: shop
      annotations: {kubectl.kubernetes.io/last-applied-configuration: x, team: red}
      uid: u
    spec: {targetRefs: [{kind: Gateway, name: g}], coreRuleSet: {state: Disabled}, plugins: [{name: own}]}
  - apiVersion: applicationlayer.projectcalico.org/v3
    kind: WAFPlugin
    metadata: {name: own, namespace: shop}
    spec: {config: "SecAction \\"id:1\\"", after: "SecAction \\"id:2\\""}
---
apiVersion: projectcalico.org/v3
kind: GlobalAlert
metadata: {name: bad, namespace: ignored}
spec: {description: d, severity: 1, dataSet: waf, query: "a ="}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, annotations: {projectcalico.org/l7-logging: "true"}}
---
# nothing
---
apiVersion: v1
kind: ConfigMap
metadata: {name: tigera-waf-config, namespace: tigera-operator}
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(text: string | readonly string[], json = false) {
  const paths = typeof text === 'string' ? [join(folder, 'in.yaml')] : text;
  if (typeof text === 'string') writeFileSync(join(folder, 'in.yaml'), text);
  let out = '';
  const flags = { systemNamespace: 'waf', ...(json && { json: true as const }) };
  const code = runImportCalico(paths, flags, { write: (piece: string) => (out += piece) });
  return { code, out };
}

/** As kubectl reads it: comments count for nothing. */
function objectsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() === null ? [] : [document.toJS() as Manifest];
  });
}

describe('sluice import calico', () => {
  it('prints objects of the examples that our kinds take', () => {
    const { code, out } = run(
      ['application-layer.yaml', 'global-alert-942100.yaml'].map((name) => join(EXAMPLES, name)),
    );
    expect(code).toBe(0);
    const objects = objectsIn(out);
    expect(objects.map(({ kind }) => kind)).toEqual(['Sluice', 'Alert']);
    expect(objects.flatMap(({ kind, spec }) => specProblems(kind, spec))).toEqual([]);
    expect(objects[0]?.spec).toEqual({ defaults: { mode: 'Detect' } });
    expect(objects[1]?.metadata).toEqual({ name: 'waf-new-alert-rule-info', namespace: 'waf' });
  });

  it('prints RuleSets before the policies that name them, without what the API server has written', () => {
    const objects = objectsIn(run(WHOLE).out);
    expect(objects.map(({ kind, metadata }) => [kind, metadata])).toEqual([
      ['RuleSet', { name: 'own', namespace: 'shop' }],
      ['RuleSet', { name: 'own-late', namespace: 'shop' }],
      ['WAFPolicy', { name: 'cart', namespace: 'shop', annotations: { team: 'red' } }],
    ]);
    expect(objects[2]?.spec).toHaveProperty('ruleSets', ['own', 'own-late']);
  });

  it('says in comments what was left out, each line of it', () => {
    const { code, out } = run(WHOLE);
    expect(code).toBe(1);
    const comments = out.split('\n').filter((line) => line.startsWith('#'));
    expect(comments).toEqual([
      '# From WAFPlugin shop/own of applicationlayer.projectcalico.org/v3.',
      '# From WAFPlugin shop/own of applicationlayer.projectcalico.org/v3.',
      '# From WAFPolicy shop/cart of applicationlayer.projectcalico.org/v3.',
      '# Not honoured: spec.coreRuleSet.state: Sluice always runs the CRS: leave rules out by exclusions of a policy',
      '# Nothing comes of GlobalAlert bad of projectcalico.org/v3.',
      expect.stringContaining('# Not honoured: spec.query: column'),
      ...comments.slice(6, -2),
      expect.stringContaining(
        '# Not translated: Service shop/cart: its annotation projectcalico.org/l7-logging',
      ),
      expect.stringContaining(
        '# Not translated: ConfigMap tigera-operator/tigera-waf-config: put its own rules',
      ),
    ]);
  });

  it.each(['\\r', '\\n', '\\r\\n'])('keeps %s in what a file says inside of its comment', (end) => {
    const { out } = run(`apiVersion: v1\nkind: Service\nmetadata: {name: "a${end}kind: Secret"}`);
    expect(out.split(/\r\n?|\n/).filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('prints the same as JSON, for programs', () => {
    const { code, out } = run(WHOLE, true);
    const { objects, reports, others } = JSON.parse(out);
    expect(code).toBe(1);
    expect(objects).toEqual(objectsIn(run(WHOLE).out));
    expect(reports.map(({ accepted }: { accepted: boolean }) => accepted)).toEqual([false, true, true]);
    expect(others).toMatchObject([
      { object: 'Service shop/cart' },
      { object: 'ConfigMap tigera-operator/tigera-waf-config' },
    ]);
  });

  it('puts what names no namespace into the default one, and what can have none into none', () => {
    const text = WHOLE.replaceAll(', namespace: shop}', '}');
    const { objects } = readObjects([{ path: 'f', text }]);
    expect(objects.WAFPlugin[0]?.metadata).toHaveProperty('namespace', 'default');
    expect(objects.GlobalAlert[0]?.metadata).not.toHaveProperty('namespace');
  });

  it.each([
    ['is no YAML', 'a: [', 'Flow sequence'],
    ['holds no object', '- 1', 'no object of Kubernetes'],
    ['holds an object without a name', 'apiVersion: v1\nkind: Service\nmetadata: {}', 'metadata.name'],
  ])('refuses a file that %s', (_, text, reason) => {
    expect(() => run(text)).toThrow(
      expect.objectContaining({ code: 'IMPORT_UNREADABLE', message: expect.stringContaining(reason) }),
    );
  });

  it('refuses a file that is not there', () => {
    expect(() => run([join(folder, 'gone.yaml')])).toThrow(/IMPORT_UNREADABLE/);
  });
});
