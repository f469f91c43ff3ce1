/** How Elasticsearch indexes documents, made from the schema that describes them. */
import type { estypes } from '@elastic/elasticsearch';
import type { Field, FieldType, Schema } from '@sluice/spool';

/** Children that a family may have in all; what comes beyond is kept in the document, but not indexed. */
const FAMILY_FIELDS_MAX = 128;

/**
 * No keyword has `ignore_above`: a value that is too long (32,766 bytes) is told as an error, not left out of the index in
 * silence. No number is rounded or read out of text.
 */
const TYPES: Readonly<Record<FieldType, estypes.MappingProperty>> = {
  keyword: { type: 'keyword' },
  ip: { type: 'ip' },
  date: { type: 'date', format: 'strict_date_optional_time' },
  long: { type: 'long', coerce: false },
  boolean: { type: 'boolean' },
};

interface Parent {
  readonly properties: Record<string, estypes.MappingProperty>;
}

/** The properties below `names`, made where they are missing. */
function below(root: Parent, names: readonly string[]): Parent {
  let at = root;
  for (const name of names) {
    const child = at.properties[name];
    const next = child !== undefined && isParent(child) ? child : { properties: {} };
    at.properties[name] = next;
    at = next;
  }
  return at;
}

const isParent = (property: estypes.MappingProperty): property is estypes.MappingProperty & Parent =>
  'properties' in property && property.properties !== undefined;

const partsOf = (path: string): readonly [parents: readonly string[], name: string] => {
  const names = path.split('.');
  return [names.slice(0, -1), names.at(-1) ?? ''];
};

const countOf = ({ properties }: Parent): number =>
  Object.values(properties).reduce(
    (sum, property) => sum + 1 + (isParent(property) ? countOf(property) : 0),
    0,
  );

export interface SchemaMapping {
  readonly mappings: estypes.MappingTypeMapping;
  /** Fields and objects, with room for the children of families. */
  readonly fieldsMax: number;
}

/**
 * What the schema does not know is kept and not indexed (`dynamic: false`), so that no name in a document, whoever chose
 * it, makes the mapping grow. Only families grow, up to a bound.
 */
export function mappingOf(schema: Schema): SchemaMapping {
  const root: Parent = { properties: {} };
  for (const { path, type } of schema.fields) {
    const [parents, name] = partsOf(path);
    below(root, parents).properties[name] = TYPES[type];
  }
  const families = schema.families.map((family) => {
    const [parents, name] = partsOf(partsOf(family.path)[0].join('.'));
    below(root, parents).properties[name] = { type: 'object', dynamic: true };
    return familyTemplate(family);
  });
  return {
    mappings: {
      dynamic: false,
      ...(families.length === 0 ? {} : { dynamic_templates: families }),
      properties: root.properties,
    },
    fieldsMax: countOf(root) + (families.length === 0 ? 0 : FAMILY_FIELDS_MAX),
  };
}

const familyTemplate = ({ path, type }: Field): Record<string, estypes.MappingDynamicTemplate> => ({
  [path.replace('.*', '')]: { path_match: path, mapping: TYPES[type] },
});
