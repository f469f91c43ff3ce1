/** The store that hub.yaml names. */
import { readFileSync } from 'node:fs';
import {
  ElasticsearchStore,
  type ElasticsearchStoreOptions,
  type EventStore,
  HubError,
  type OnUpgrade,
  SqliteStore,
  type StoreConfig,
} from '@sluice/hub';

/** What a store is told to say of itself. */
export interface StoreLog {
  error(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

const DAY_MILLIS = 86_400_000;

type Sqlite = Extract<StoreConfig, { readonly type: 'sqlite' }>;
type Elasticsearch = Extract<StoreConfig, { readonly type: 'elasticsearch' }>;

/** @throws HubError STORE_FILE, STORE_UNAVAILABLE, HUB_FILE */
export const openHubStore = (
  config: StoreConfig,
  log: StoreLog,
  onUpgrade: OnUpgrade = () => undefined,
): Promise<EventStore> =>
  config.type === 'sqlite' ? openSqlite(config, log, onUpgrade) : openElasticsearch(config);

function openSqlite(
  { path, retention: { days, bytes }, synchronous }: Sqlite,
  log: StoreLog,
  onUpgrade: OnUpgrade,
): Promise<EventStore> {
  return SqliteStore.open({
    path,
    onUpgrade(progress) {
      log.info({ store: path, ...progress }, 'the store is brought to the layout of this version');
      onUpgrade(progress);
    },
    synchronous: synchronous === 'full' ? 'FULL' : 'NORMAL',
    retention: {
      ...(days === undefined ? {} : { ageMillis: days * DAY_MILLIS }),
      ...(bytes === undefined ? {} : { bytesMax: bytes }),
    },
    onSweepFailed: (error) =>
      log.error({ store: path, reason: reasonOf(error) }, 'events beyond retention are still in the store'),
  });
}

/** A server that is away is no reason not to begin: nodes keep what they have until it is there. */
async function openElasticsearch(config: Elasticsearch): Promise<EventStore> {
  const { nodes, namespace, retentionDays, auth, tls } = config;
  const client: ElasticsearchStoreOptions['client'] = {
    nodes,
    ...(auth === undefined ? {} : { auth: credentialsOf(auth) }),
    ...(tls.ca === undefined ? {} : { tls: { ca: textOf(tls.ca) } }),
    ...(tls.caFingerprint === undefined ? {} : { caFingerprint: withColons(tls.caFingerprint) }),
  };
  return new ElasticsearchStore({ client, namespace, retentionDays });
}

/** As Node shows fingerprints. */
const withColons = (fingerprint: string): string =>
  fingerprint
    .replaceAll(':', '')
    .toUpperCase()
    .replace(/(..)(?=.)/g, '$1:');

type Auth = NonNullable<Elasticsearch['auth']>;

/** Editors end files with a line end, which is no part of a secret. */
const secretOf = (path: string): string => textOf(path).replace(/\r?\n$/, '');

const credentialsOf = (auth: Auth) =>
  'apiKeyFile' in auth
    ? { apiKey: secretOf(auth.apiKeyFile) }
    : { username: auth.username, password: secretOf(auth.passwordFile) };

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HubError('HUB_FILE', { path, reason }, cause);
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
