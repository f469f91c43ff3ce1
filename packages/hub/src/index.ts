/** Where documents are kept, and how they are asked for. */

export { Alerts, type AlertsOptions } from './alerts/alerts.ts';
export { AlertBook, type AlertStatus } from './alerts/book.ts';
export {
  type AlertAction,
  type AlertDefinition,
  alertSpecSchema,
  type DefineOptions,
  defineAlert,
} from './alerts/definition.ts';
export { AlertDesk } from './alerts/desk.ts';
export { Dispatcher, type Target } from './alerts/dispatcher.ts';
export { evaluate, type Finding, type Findings } from './alerts/evaluate.ts';
export {
  type AlertDocument,
  alertFilesAt,
  defined as definedAlert,
  type ReadAlerts,
  readAlertSpecs,
  readAlerts,
  readAlertText,
} from './alerts/files.ts';
export type { Instance } from './alerts/instance.ts';
export { ALERT_LIMITS } from './alerts/limits.ts';
export type { AlertNotice } from './alerts/notice.ts';
export { type Preview, preview } from './alerts/preview.ts';
export { AlertRunner, type AlertRunnerOptions, type AlertsOf } from './alerts/runner.ts';
export type { Attempt } from './alerts/webhook/call.ts';
export { type WebhookConfig, webhookSchema } from './alerts/webhook/config.ts';
export { isForbidden } from './alerts/webhook/guard.ts';
export { isLoopback } from './api/access.ts';
export type {
  AlertsAnswer,
  DeliveriesAnswer,
  InstanceAnswer,
  OneAlertAnswer,
  PreviewAnswer,
  SeenAlertAnswer,
} from './api/answers-alerts.ts';
export { failureOf } from './api/failure.ts';
export { WatchedFiles } from './api/files.ts';
export type { NodeTokens } from './api/identity.ts';
export { type Address, Listener, type ListenerOptions, type ListenerTls } from './api/listener.ts';
export { ROUTES as HUB_ROUTES, type Route as HubRoute } from './api/routes.ts';
export { addQueryRoutes, type QueryParts, type View } from './api/routes-queries.ts';
export { StartingAdmin } from './api/starting.ts';
export { AlertsClient } from './client/alerts.ts';
export { HubClient, type HubClientOptions, type HubStats } from './client/client.ts';
export type { TailEvent } from './client/tail.ts';
export type { ConsoleClusterConfig, OidcConfig } from './config/console.ts';
export { loadHubConfig, parseHubConfig } from './config/load.ts';
export type { ConsoleConfig, HubConfig, StoreConfig } from './config/schema.ts';
export { HUB_ERRORS, HubError, type HubErrorCode } from './errors.ts';
export { Hub, type HubAddresses, type HubOptions } from './hub.ts';
export { OWN_EVENT_MILLIS, type OwnEvent, ownRecord } from './ingest/own-events.ts';
export { StoreSink } from './ingest/store-sink.ts';
export { DEFAULT_LIMITS as HUB_DEFAULT_LIMITS, FILES_CHECK_MILLIS, type HubLimits } from './limits.ts';
export { canonicalAddress } from './query/address.ts';
export { type Matcher, matcher, matches } from './query/evaluate.ts';
export { type ParseOptions, parseQuery } from './query/parse.ts';
export { printQuery } from './query/print.ts';
export { compareText, wellFormed } from './query/text.ts';
export type * from './query/tree.ts';
export { comparable, compareValues, jsonAt, valuesAt } from './query/values.ts';
export { type CursorKey, decodeCursor, encodeCursor } from './store/cursor.ts';
export { recordFault, type SeeValue } from './store/document-check.ts';
export { ElasticsearchStore, type ElasticsearchStoreOptions } from './store/elasticsearch/store.ts';
export type * from './store/event-store.ts';
export {
  type CheckedAggregate,
  type CheckedSort,
  checkAggregate,
  checkBuckets,
  checkSearch,
  checkSelection,
  fieldOf,
  isKeyOf,
} from './store/request.ts';
export { schemaOf } from './store/schemas.ts';
export { type SqliteOptions, SqliteStore } from './store/sqlite/sqlite-store.ts';
export type { OnUpgrade, UpgradeProgress } from './store/sqlite/upgrade.ts';
