/**
 * Installs definitions: ours always; Calico's only where nobody else has its groups in hand.
 *
 *     ours ─────────────────────────────────────────▶ apply, unless a newer version has written them
 *     Calico's, by group ─▶ an APIService, or a CRD that is not ours? ─▶ left alone, and told what to use instead
 *                                     neither ─▶ apply
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../apply/api.ts';
import { CALICO_KINDS, LAYER_GROUP, OPERATOR_GROUP, PROJECT_GROUP } from '../calico/kinds.ts';
import { ControllerError } from '../errors.ts';
import { type CustomResourceDefinition, crdName, crdOf, PART_OF_LABEL, VERSION_LABEL } from '../kinds/crd.ts';
import { KINDS, type KindDefinition } from '../kinds/definitions.ts';
import { GROUP } from '../kinds/names.ts';
import type { Log } from '../log.ts';
import { answers, apply, member, members, read, textAt } from './ask.ts';
import { SERVED_MILLIS_MAX, SERVED_POLL_MILLIS } from './limits.ts';
import { aggregatedGroups } from './presence.ts';
import { isNewer } from './version.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const pathOf = (name: string): string => `${DEFINITIONS}/${name}`;

const ALL_KINDS: readonly KindDefinition[] = [...Object.values(KINDS), ...Object.values(CALICO_KINDS)];

export interface Installed {
  /** Names of definitions that were applied. */
  readonly applied: readonly string[];
  /** What was left as it is, and what to do about it. */
  readonly left: readonly { readonly what: string; readonly because: string; readonly instead: string }[];
}

type Left = Installed['left'][number];

const [PART_OF, SLUICE] = Object.entries(PART_OF_LABEL)[0] ?? ['', ''];

const labelsOf = (definition: Readonly<Record<string, unknown>> | null): Readonly<Record<string, unknown>> =>
  member(member(definition, 'metadata'), 'labels');

const isOurs = (definition: Readonly<Record<string, unknown>>): boolean =>
  labelsOf(definition)[PART_OF] === SLUICE;

/** What people write in place of Calico's kinds. */
const INSTEAD: Readonly<Record<string, string>> = {
  [OPERATOR_GROUP]:
    'annotate Services with sluice.dev/inspect=true; an ApplicationLayer that is there is read where no controller of Calico manages it',
  [PROJECT_GROUP]: 'write Alert of sluice.dev; sluice import calico makes one of a GlobalAlert',
  [LAYER_GROUP]:
    'write WAFPolicy, ClusterWAFPolicy and RuleSet of sluice.dev; sluice import calico makes them of Calico’s',
};

export interface InstallOptions {
  /** Whether Calico's definitions are wanted, too. */
  readonly calico: boolean;
  /** How long to wait for what was applied. Default: SERVED_MILLIS_MAX. */
  readonly servedMillisMax?: number;
}

/**
 * @returns when all that was applied is served
 * @throws ControllerError KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED, DEFINITION_NOT_SERVED
 */
export async function installDefinitions(
  api: Api,
  { calico, servedMillisMax = SERVED_MILLIS_MAX }: InstallOptions,
): Promise<Installed> {
  const applied: string[] = [];
  const left: Left[] = [];
  for (const kind of Object.values(KINDS)) await applyOurs(api, kind, applied, left);
  if (calico) await installCalico(api, applied, left);
  for (const kind of ALL_KINDS) {
    if (applied.includes(crdName(kind))) await served(api, kind, servedMillisMax);
  }
  return { applied, left };
}

async function applyOurs(api: Api, kind: KindDefinition, applied: string[], left: Left[]): Promise<void> {
  const definition = crdOf(kind);
  const { name } = definition.metadata;
  const there = await read(api, pathOf(name));
  const version = textAt(labelsOf(there), VERSION_LABEL);
  if (isNewer(version, definition.metadata.labels[VERSION_LABEL] ?? '')) {
    left.push({
      what: name,
      because: `version ${version} of Sluice has written it, and this is an older one`,
      instead: 'nothing: it takes what this version writes',
    });
    return;
  }
  await apply(api, pathOf(name), definition, true);
  applied.push(name);
}

async function installCalico(api: Api, applied: string[], left: Left[]): Promise<void> {
  const aggregated = await aggregatedGroups(api);
  const byGroup = Map.groupBy(Object.values(CALICO_KINDS) as readonly KindDefinition[], ({ group }) => group);
  for (const [group, kinds] of byGroup) {
    const because = aggregated.includes(group)
      ? 'an API server beside Kubernetes’ own serves the group (an APIService)'
      : await foreignIn(api, group, kinds);
    if (because !== null) {
      left.push({ what: group, because, instead: INSTEAD[group] ?? '' });
      continue;
    }
    for (const kind of kinds) {
      const definition = crdOf(kind);
      const path = pathOf(definition.metadata.name);
      // Not by force but of what is ours: somebody may have come in between.
      await apply(api, path, definition, (await read(api, path)) !== null);
      applied.push(definition.metadata.name);
    }
  }
}

/** Whose the group is: a definition in it that is not ours. Null where there is none. */
async function foreignIn(api: Api, group: string, kinds: readonly KindDefinition[]): Promise<string | null> {
  const names = new Set(kinds.map(crdName));
  const versions = members(await read(api, `/apis/${group}`), 'versions').map((version) =>
    textAt(version, 'groupVersion'),
  );
  for (const version of versions) {
    for (const resource of members(await read(api, `/apis/${version}`), 'resources')) {
      const plural = textAt(resource, 'name');
      if (!plural.includes('/')) names.add(`${plural}.${group}`);
    }
  }
  for (const name of names) {
    const definition = await read(api, pathOf(name));
    if (definition !== null && !isOurs(definition)) return `the CRD ${name} is there, and is not Sluice's`;
  }
  return null;
}

/** Until the kind can be listed: it is established a little earlier than that. */
async function served(
  api: Api,
  { group, version, plural }: KindDefinition,
  millisMax: number,
): Promise<void> {
  const name = crdName({ plural, group });
  const end = performance.now() + millisMax;
  while (!(await answers(api, `/apis/${group}/${version}/${plural}?limit=1`))) {
    if (performance.now() > end) {
      const conditions = members(member(await read(api, pathOf(name)), 'status'), 'conditions');
      const refusal = conditions.find(({ status }) => status === 'False');
      throw new ControllerError('DEFINITION_NOT_SERVED', {
        name,
        seconds: String(millisMax / 1_000),
        reason: textAt(refusal ?? {}, 'message'),
      });
    }
    await sleep(SERVED_POLL_MILLIS);
  }
}

/** All definitions, as `sluice crds print` has them. */
export const definitions = ({
  calico,
}: Pick<InstallOptions, 'calico'>): readonly CustomResourceDefinition[] =>
  ALL_KINDS.filter(({ group }) => calico || group === GROUP).map(crdOf);

/** What was done, a line each. */
export function logInstalled({ applied, left }: Installed, log: Log): void {
  log.info({ definitions: applied.length }, 'definitions are installed');
  for (const { what, because, instead } of left) {
    log.warn({ what, because, instead }, `${what} is left as it is: ${because}; ${instead}`);
  }
}
