/** The web console of a hub: pages, users, and the hub's queries within what a user may see. */

export type { AlertChange, AlertKey, AlertPlace, AlertPlaces, AlertRule } from './alerts/place.ts';
export { keyOf as alertKeyOf, nameOf as alertNameOf } from './alerts/place.ts';
export { CONSOLE_ROUTES } from './api/routes.ts';
export type {
  AccessRight,
  Change,
  Cluster,
  ClusterPerson,
  ClusterUser,
  Draft,
  Workload,
  WorkloadPod,
  WorkloadStory,
  Workloads,
} from './cluster/cluster.ts';
export { Console, type ConsoleOptions } from './console.ts';
export { CONSOLE_ERRORS, ConsoleError, type ConsoleErrorCode } from './errors.ts';
export { writeOwnFile } from './identity/own-file.ts';
export { CONSOLE_LIMITS } from './limits.ts';
export { PAGES_FOLDER, Pages } from './pages.ts';
export type * from './policies/answers.ts';
export type * from './policies/desk.ts';
