/** What all reports are made from. */
import type { World } from '../../world.ts';
import type { Claims } from '../claims.ts';
import type { Namespaces } from '../namespaces.ts';
import type { Nodes } from '../nodes.ts';
import type { Policies } from '../policies.ts';
import type { Selection } from '../select.ts';
import type { Targets } from '../targets.ts';

export interface ReportContext {
  readonly world: World;
  readonly namespaces: Namespaces;
  readonly targets: Targets;
  readonly selections: ReadonlyMap<string, Selection>;
  readonly claims: Claims;
  readonly policies: Policies;
  readonly nodes: Nodes;
  /** Namespace of the cluster's RuleSets. */
  readonly namespace: string;
  /** When it is made, in milliseconds since the epoch. */
  readonly now: number;
}
