/** The schemas that Envoy Gateway, the Gateway API and Istio publish, read from their modules. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import protobuf from 'protobufjs';
import { parseAllDocuments } from 'yaml';
import { schemaModules } from '../packages/cli/src/setup/paths.ts';

type Schema = { [name: string]: unknown };

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An API server drops fields that a schema does not know, without a word; here they are refused. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isSchema(schema)) return schema;
  const copy: Schema = {};
  for (const [name, value] of Object.entries(schema)) copy[name] = closed(value);
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in schema;
  // Within oneOf and its like a schema names a few of the fields only.
  if (isSchema(schema.properties) && schema.type === 'object' && !open) copy.additionalProperties = false;
  return copy;
}

const FIXED = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };

export interface ObjectSchemas {
  /** What is wrong with the object; null where nothing is. */
  check(object: unknown): string | null;
}

/** @param crds files of CustomResourceDefinitions */
function schemasOf(crds: readonly string[]): ObjectSchemas {
  // Formats and Kubernetes' own keywords are not JSON Schema's.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validators = new Map<string, ReturnType<Ajv['compile']>>();
  for (const path of crds) {
    for (const document of parseAllDocuments(readFileSync(path, 'utf8'))) {
      const crd = document.toJS();
      if (crd?.kind !== 'CustomResourceDefinition') continue;
      for (const { name, schema } of crd.spec.versions) {
        const shape = schema?.openAPIV3Schema;
        if (shape === undefined) continue;
        const whole = closed({ ...shape, properties: { ...shape.properties, ...FIXED } });
        if (isSchema(whole))
          validators.set(`${crd.spec.group}/${name} ${crd.spec.names.kind}`, ajv.compile(whole));
      }
    }
  }
  return {
    check(object) {
      if (!isSchema(object)) return 'no object';
      const name = `${object.apiVersion} ${object.kind}`;
      const validate = validators.get(name);
      if (validate === undefined) return `no schema for ${name}`;
      return validate(object) ? null : ajv.errorsText(validate.errors, { separator: '\n' });
    },
  };
}

/** Envoy Gateway's own kinds, and those of the Gateway API that it brings. */
export function envoyGatewaySchemas(): ObjectSchemas {
  const charts = join(schemaModules().envoyGateway, 'charts/gateway-helm/charts/crds/crds');
  const generated = join(charts, 'generated');
  const files = readdirSync(generated).map((name) => join(generated, name));
  const api = readdirSync(charts).filter((name) => name.endsWith('.yaml'));
  return schemasOf([...files, ...api.map((name) => join(charts, name))]);
}

export const istioSchemas = (): ObjectSchemas =>
  schemasOf([join(schemaModules().istio, 'kubernetes/customresourcedefinitions.gen.yaml')]);

/** What is wrong with a part of the mesh's configuration, by Istio's protos; null where nothing is. */
export function checkMeshConfig(config: Record<string, unknown>): string | null {
  const root = new protobuf.Root();
  const { istio } = schemaModules();
  // Of Google's own, protobufjs brings those that are types; the others are annotations.
  root.resolvePath = (_, target) => (target.startsWith('google/') ? null : join(istio, target));
  root.loadSync('mesh/v1alpha1/config.proto');
  const type = root.lookupType('istio.mesh.v1alpha1.MeshConfig');
  return unknownField(type, config, 'meshConfig');
}

/** protobufjs passes over fields that it does not know, so they are looked for here. */
function unknownField(type: protobuf.Type, value: Record<string, unknown>, place: string): string | null {
  for (const [name, child] of Object.entries(value)) {
    const field = type.fields[name]?.resolve();
    if (field === undefined) return `${place}.${name} is not known`;
    const { resolvedType } = field;
    for (const item of Array.isArray(child) ? child : [child]) {
      if (resolvedType instanceof protobuf.Enum) {
        if (!(String(item) in resolvedType.values)) return `${place}.${name} cannot be ${String(item)}`;
      } else if (resolvedType !== null && isSchema(item)) {
        const found = unknownField(resolvedType, item, `${place}.${name}`);
        if (found !== null) return found;
      } else if (resolvedType === null && !fits(field.type, item))
        return `${place}.${name} is no ${field.type}`;
    }
  }
  return null;
}

function fits(type: string, value: unknown): boolean {
  if (type === 'string') return typeof value === 'string';
  return type === 'bool' ? typeof value === 'boolean' : typeof value === 'number';
}
