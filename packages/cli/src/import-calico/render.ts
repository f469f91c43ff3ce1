/** What was translated, as objects that can be applied, with comments on what was left out. */
import type { CalicoReport, Translation } from '@sluice/controller';
import { CALICO_KINDS, type CalicoKind } from '@sluice/controller/calico/kinds';
import { yamlOf } from '@sluice/controller/kinds/crd';
import { KINDS, type KindName } from '@sluice/controller/kinds/definitions';
import { labelOf, type Other } from './read.ts';

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An object of ours as it is written down. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: KindName;
  readonly metadata: Partial<Metadata> & { readonly name: string };
  readonly spec: unknown;
}

/** What clients and controllers have written, not people. */
const isWritten = (name: string): boolean => !name.startsWith('kubectl.kubernetes.io/');

function manifest(kind: KindName, { metadata, spec }: { metadata: Metadata; spec: unknown }): Manifest {
  const { group, version } = KINDS[kind];
  const { name, namespace, labels } = metadata;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations).filter(([each]) => isWritten(each)),
  );
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec,
  };
}

/** Calico's firewall begins in detection, and so does this. */
const INSTALLATION: Manifest = manifest('Sluice', {
  metadata: { name: 'sluice', labels: {}, annotations: {} },
  spec: { defaults: { mode: 'Detect' } },
});

/** RuleSets before the policies that name them. */
export function manifestsOf(translation: Translation): readonly Manifest[] {
  return [
    ...(translation.annotationSelects ? [INSTALLATION] : []),
    ...translation.ruleSets.map((each) => manifest('RuleSet', each)),
    ...translation.clusterPolicies.map((each) => manifest('ClusterWAFPolicy', each)),
    ...translation.policies.map((each) => manifest('WAFPolicy', each)),
    ...translation.alerts.map((each) => manifest('Alert', each)),
  ];
}

const FROM: Readonly<Record<CalicoKind, KindName>> = {
  ApplicationLayer: 'Sluice',
  GlobalAlert: 'Alert',
  GlobalWAFPolicy: 'ClusterWAFPolicy',
  GlobalWAFPlugin: 'RuleSet',
  WAFPolicy: 'WAFPolicy',
  WAFPlugin: 'RuleSet',
};

const ofCluster = (kind: CalicoKind): boolean => CALICO_KINDS[kind].scope === 'Cluster';

/** Whether an object of ours was made of what is reported of. */
function isFrom(made: Manifest, { kind, name, namespace }: CalicoReport): boolean {
  const from = kind as CalicoKind;
  if (FROM[from] !== made.kind) return false;
  if (from === 'ApplicationLayer') return true;
  const isNamed = [name, `${name}-late`].includes(made.metadata.name);
  return isNamed && (ofCluster(from) || made.metadata.namespace === namespace);
}

const commented = (text: string): string =>
  text
    .split(/\r\n?|\n/)
    .map((line) => `# ${line}`.trimEnd())
    .join('\n');

const objectOf = ({ apiVersion, kind, name, namespace }: CalicoReport): string =>
  `${labelOf(kind, namespace, name)} of ${apiVersion}`;

function notes(report: CalicoReport): readonly string[] {
  return report.notHonoured.map(({ path, reason }) => `Not honoured: ${path}: ${reason}`);
}

/** Beside what the report says. */
const ADVICE: Partial<Record<CalicoKind, string>> = {
  ApplicationLayer:
    'Services with the annotation projectcalico.org/l7-logging=true are inspected while the ApplicationLayer is in the cluster;\nwithout it, annotate them: kubectl annotate service NAME -n NAMESPACE sluice.dev/inspect=true',
};

function headOf(made: Manifest, reports: readonly CalicoReport[]): string {
  return reports
    .filter((report) => isFrom(made, report))
    .flatMap((report) => {
      const advice = ADVICE[report.kind as CalicoKind];
      return [`From ${objectOf(report)}.`, ...(advice === undefined ? [] : [advice]), ...notes(report)];
    })
    .map(commented)
    .join('\n');
}

/** Documents of YAML; what was left out stands in comments. */
export function renderYaml(
  { reports }: Translation,
  manifests: readonly Manifest[],
  others: readonly Other[],
): string {
  const documents = manifests.map((made) => `---\n${headOf(made, reports)}\n${yamlOf(made)}`);
  const without = reports.filter((report) => !manifests.some((made) => isFrom(made, report)));
  const rest = [
    ...without.map((report) => [`Nothing comes of ${objectOf(report)}.`, ...notes(report)].join('\n')),
    ...others.map(({ object, reason }) => `Not translated: ${object}: ${reason}.`),
  ].map((text) => `${commented(text)}\n`);
  return [...documents, ...rest].join('');
}
