/** A kind as a CustomResourceDefinition. */
import { stringify } from 'yaml';
import type { KindDefinition, PrinterColumn } from './definitions.ts';
import type { CelRule } from './schema/field.ts';
import { type StructuralSchema, structuralSchema } from './structural.ts';

export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: Readonly<Record<string, unknown>>;
    readonly versions: readonly {
      readonly name: string;
      readonly served: true;
      readonly storage: true;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
      readonly subresources?: { readonly status: Readonly<Record<string, never>> };
      readonly additionalPrinterColumns: readonly PrinterColumn[];
    }[];
  };
}

/** By it the CRDs that Sluice installs are known. */
export const PART_OF_LABEL = { 'app.kubernetes.io/part-of': 'sluice' } as const;

export const crdName = ({ plural, group }: Pick<KindDefinition, 'plural' | 'group'>): string =>
  `${plural}.${group}`;

const withRules = (schema: StructuralSchema, rules: readonly CelRule[]): StructuralSchema =>
  rules.length === 0 ? schema : { ...schema, 'x-kubernetes-validations': rules };

function objectSchema(kind: KindDefinition): StructuralSchema {
  const spec = withRules({ description: 'What is wanted.', ...structuralSchema(kind.spec) }, kind.specRules);
  const properties: Record<string, StructuralSchema> = {
    apiVersion: { description: 'Version of the kind.', type: 'string' },
    kind: { description: 'The kind.', type: 'string' },
    metadata: { type: 'object' },
    spec,
  };
  if (kind.status !== null) {
    properties.status = { description: 'What has become of it.', ...structuralSchema(kind.status) };
  }
  return withRules(
    { description: kind.description, type: 'object', required: ['spec'], properties },
    kind.rules,
  );
}

export function crdOf(kind: KindDefinition): CustomResourceDefinition {
  const { group, scope, plural, shortNames, categories, columns } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crdName(kind), labels: PART_OF_LABEL },
    spec: {
      group,
      scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular: kind.kind.toLowerCase(),
        shortNames,
        categories,
      },
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: objectSchema(kind) },
          ...(kind.status !== null && { subresources: { status: {} } }),
          additionalPrinterColumns: columns,
        },
      ],
    },
  };
}

/** As YAML, without anchors, which not every reader knows, and with each text on one line, so that a change of words is a change of one line. */
export const yamlOf = (document: object): string =>
  stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 });
