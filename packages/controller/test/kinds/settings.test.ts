/** Settings in a cluster are those of sluice.yaml: the same names, the same bounds, and nothing is filled in. */
import { policySchema } from '@sluice/server/policies/policy-schema';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { settingsProblems } from '../../src/kinds/problems.ts';
import { settingsSchema, TABLE_SETTINGS } from '../../src/kinds/schema/settings.ts';
import { type StructuralSchema, structuralSchema } from '../../src/kinds/structural.ts';

/** A bound that only one side states in OpenAPI: functions check it on the other. */
const BOUNDS = ['type', 'enum', 'minimum', 'maximum'];

/** Each leaf with its bounds; words, defaults and lengths of texts are not compared. */
function leaves(schema: StructuralSchema, path = ''): ReadonlyMap<string, string> {
  const [inner] = schema.nullable === true ? [] : ((schema.anyOf as StructuralSchema[] | undefined) ?? []);
  if (schema.properties !== undefined) {
    return new Map(Object.entries(schema.properties).flatMap(([k, v]) => [...leaves(v, `${path}.${k}`)]));
  }
  if (schema.items !== undefined) return leaves(schema.items, `${path}[]`);
  if (schema.additionalProperties !== undefined) return leaves(schema.additionalProperties, `${path}{}`);
  const bounds = inner === undefined ? BOUNDS.map((key) => [key, schema[key]] as const) : 'union';
  return new Map([[path, JSON.stringify(bounds)]]);
}

/** Checked by a function on the server's side, by bounds here. */
const BY_FUNCTION = ['.blockPage.status'];

describe('settings', () => {
  it("have the server's names and bounds, but for rule files and what is of the node's table", () => {
    const ours = new Map(leaves(structuralSchema(settingsSchema)));
    const server = new Map(leaves(structuralSchema(policySchema)));
    for (const path of ['.ruleFiles.before[]', '.ruleFiles.after[]']) expect(server.delete(path)).toBe(true);
    for (const name of TABLE_SETTINGS) expect(ours.delete(`.${name}`)).toBe(true);
    expect([...ours.keys()].sort()).toEqual([...server.keys()].sort());
    for (const path of BY_FUNCTION) expect(ours.delete(path) && server.delete(path)).toBe(true);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(server));
  });

  it('have no default, for what is absent is inherited', () => {
    const text = JSON.stringify(structuralSchema(settingsSchema), (key, value) =>
      key === 'default' && typeof value !== 'object' ? 'DEFAULT' : value,
    );
    expect(text).not.toContain('DEFAULT');
    expect(settingsSchema.parse({ thresholds: {}, uninspectable: {}, body: {} })).toEqual({
      thresholds: {},
      uninspectable: {},
      body: {},
    });
  });

  it("are judged by the server's schema, with the place in the object", () => {
    const problems = settingsProblems(
      {
        dataPath: 'ext_proc',
        exclusions: [{ rules: [949110] }, { rules: ['3-1'] }],
        addresses: { deny: ['10.0.0.0/33'] },
        body: { bytesMax: 10, noFilesBytesMax: 20 },
        blockPage: { bodies: [{ contentType: 'text/html', template: '{{ip}}' }], headers: { 'X-Id': 'a' } },
      },
      'spec',
    );
    expect(Object.fromEntries(problems.map(({ path, message }) => [path, message]))).toEqual({
      'spec.exclusions[0].rules': expect.stringContaining('rule 949110 decides by the score'),
      'spec.exclusions[1].rules[0]': 'a range of ids goes from the lower to the higher',
      'spec.addresses.deny[0]': '"10.0.0.0/33" is neither an IP address nor a CIDR range',
      'spec.body.noFilesBytesMax': 'noFilesBytesMax is more than bytesMax',
      'spec.blockPage.bodies[0].template': expect.stringContaining('{{ip}} is not known'),
      'spec.blockPage.headers["X-Id"]': expect.stringContaining('not the name of a header in lower case'),
    });
  });

  it('that say nothing wrong have no problem', () => {
    expect(settingsProblems({ mode: 'Block', paranoia: 4, paths: 'Strict', uninspected: 'Allow' })).toEqual(
      [],
    );
    expect(z.safeParse(settingsSchema, { ruleFiles: {} }).success).toBe(false);
  });
});
