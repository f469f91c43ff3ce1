/** Writes docs/kinds.md from the schemas of our kinds: each field, its type, what it means, and what the API server fills in. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdName } from '../packages/controller/src/kinds/crd.ts';
import { KINDS, type KindDefinition } from '../packages/controller/src/kinds/definitions.ts';
import { settingsSchema } from '../packages/controller/src/kinds/schema/settings.ts';
import { type StructuralSchema, structuralSchema } from '../packages/controller/src/kinds/structural.ts';
import { repositoryRoot } from './tidy.ts';

export const KINDS_DOCUMENT = 'docs/kinds.md';

const BEGIN = '<!-- written by node scripts/kinds-doc.ts -->';

const kinds: readonly KindDefinition[] = Object.values(KINDS);
const settings = structuralSchema(settingsSchema);
const SETTING_NAMES = Object.keys(settings.properties ?? {});

const SETTINGS_LINK = 'settings, see [Settings](#settings)';

const isSettings = (schema: StructuralSchema): boolean =>
  SETTING_NAMES.every((name) => Object.hasOwn(schema.properties ?? {}, name));

const numbered = (value: unknown): string => Number(value).toLocaleString('en-GB');

function bounds({ minimum, maximum, maxLength, maxItems, maxProperties }: StructuralSchema): string {
  const parts: string[] = [];
  if (minimum !== undefined && maximum !== undefined)
    parts.push(`${numbered(minimum)} to ${numbered(maximum)}`);
  else if (minimum !== undefined) parts.push(`from ${numbered(minimum)}`);
  if (maxLength !== undefined) parts.push(`up to ${numbered(maxLength)} characters`);
  if (maxItems !== undefined) parts.push(`up to ${numbered(maxItems)}`);
  if (maxProperties !== undefined) parts.push(`up to ${numbered(maxProperties)}`);
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

function typeOf(schema: StructuralSchema): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string';
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items !== undefined) return `list${bounds(schema)}, of ${typeOf(schema.items)}`;
  if (schema.additionalProperties !== undefined) {
    return `map${bounds(schema)}, of ${typeOf(schema.additionalProperties)}`;
  }
  return `${schema.type ?? 'anything'}${bounds(schema)}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const messagesOf = (schema: StructuralSchema): readonly string[] => {
  const rules = schema['x-kubernetes-validations'];
  return Array.isArray(rules) ? rules.map(({ message }: { readonly message: string }) => message) : [];
};

function row(path: string, schema: StructuralSchema, required: boolean): string {
  const { description = '' } = schema;
  const filled = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
  const rules = [...messagesOf(schema), ...(schema.items === undefined ? [] : messagesOf(schema.items))];
  const words = [description, ...rules.map((message) => `Checked: ${message}.`)].join(' ');
  return `| \`${path}\`${required ? ' *' : ''} | ${cell(typeOf(schema))} | ${filled} | ${cell(words)} |`;
}

/** Rows of an object's fields, and of what is inside of them. */
function rows(schema: StructuralSchema, path = ''): readonly string[] {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    if (isSettings(field)) {
      return [`| \`${at}\` | ${SETTINGS_LINK} | | ${cell(field.description ?? '')} |`];
    }
    return [row(at, field, required.includes(name)), ...inside(field, at)];
  });
}

function inside(field: StructuralSchema, at: string): readonly string[] {
  if (field.items !== undefined) return rows(field.items, `${at}[]`);
  // Keys with one meaning stand in a line of their own.
  const values = Object.entries(field.properties ?? {});
  if (values.length > 0 && values.every(([, value]) => value.description === undefined)) {
    const keys = values.map(([key]) => `\`${key}\``).join(', ');
    return [`| \`${at}.*\` | ${cell(typeOf(values[0]?.[1] ?? {}))} | | ${keys} |`];
  }
  return rows(field, at);
}

const withoutSettings = (schema: StructuralSchema): StructuralSchema => ({
  ...schema,
  properties: Object.fromEntries(
    Object.entries(schema.properties ?? {}).filter(([name]) => !SETTING_NAMES.includes(name)),
  ),
});

const HEAD = '| Field | Type | Filled in | |\n|---|---|---|---|';

function section(kind: KindDefinition): string {
  const spec = structuralSchema(kind.spec);
  const names = [`\`${crdName(kind)}\``, ...kind.shortNames.map((name) => `\`${name}\``)].join(', ');
  const rules = [...kind.rules, ...kind.specRules].map(({ message }) => `Checked: ${message}.`);
  const beside = isSettings(spec) ? `Beside these it has all [settings](#settings), in \`spec\` itself.` : '';
  return [
    `## ${kind.kind}`,
    '',
    kind.description,
    '',
    `${kind.scope === 'Cluster' ? 'Without a namespace' : 'In a namespace'}; kubectl calls it ${names}. ${rules.join(' ')}`.trim(),
    ...(beside === '' ? [] : ['', beside]),
    '',
    HEAD,
    ...rows(isSettings(spec) ? withoutSettings(spec) : spec),
  ].join('\n');
}

const SETTINGS = [
  '## Settings',
  '',
  'Of `spec.defaults` of Sluice and ClusterWAFPolicy, and of `spec` of WAFPolicy. [policies.md](policies.md) says more of each.',
  '',
  HEAD,
  ...rows(settings),
].join('\n');

const isByHand = ({ kind }: KindDefinition): boolean => !['SluiceNode', 'WorkloadSlice'].includes(kind);

/** The page with its generated part made anew. */
export function kindsDocument(page: string): string {
  const machine = kinds.filter((kind) => !isByHand(kind));
  const sections = [...kinds.filter(isByHand).map(section), SETTINGS, ...machine.map(section)];
  return `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}\n\n${sections.join('\n\n')}\n`;
}

export const readKindsDocument = (): string => readFileSync(join(repositoryRoot, KINDS_DOCUMENT), 'utf8');

if (import.meta.main) {
  writeFileSync(join(repositoryRoot, KINDS_DOCUMENT), kindsDocument(readKindsDocument()));
}
