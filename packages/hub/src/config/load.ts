/** hub.yaml: read once, checked whole, every problem told with its place. */
import { dirname, resolve } from 'node:path';
import { parseSettings, readSettings, type SettingsKind } from '@sluice/shipper/settings-file';
import type { WebhookConfig } from '../alerts/webhook/config.ts';
import { HubError } from '../errors.ts';
import { type ConsoleConfig, type HubConfig, hubSchema, type StoreConfig } from './schema.ts';

const HUB_FILE: SettingsKind<HubConfig> = {
  schema: hubSchema,
  unreadable: (details, cause) => new HubError('HUB_CONFIG_UNREADABLE', details, cause),
  invalid: (details, cause) => new HubError('HUB_CONFIG_INVALID', details, cause),
};

/**
 * Paths in the file are taken from the file's own folder.
 * @throws HubError HUB_CONFIG_UNREADABLE, HUB_CONFIG_INVALID
 */
export const loadHubConfig = (path: string): HubConfig =>
  withAbsolutePaths(readSettings(path, HUB_FILE), dirname(resolve(path)));

/**
 * @param file the name shown in errors, whose folder relative paths start from
 * @throws HubError HUB_CONFIG_INVALID
 */
export const parseHubConfig = (text: string, file: string): HubConfig =>
  withAbsolutePaths(parseSettings(text, file, HUB_FILE), dirname(resolve(file)));

function withAbsolutePaths(config: HubConfig, folder: string): HubConfig {
  const absolute = (path: string): string => resolve(folder, path);
  const { nodes, queries, store, spools, state, alerts, console } = config;
  const { tls, tokenFile } = queries;
  return {
    ...config,
    nodes:
      nodes === false
        ? false
        : { ...nodes, tls: mapValues(nodes.tls, absolute), tokens: clusterWithPaths(nodes.tokens, absolute) },
    queries: {
      ...queries,
      tls: tls === undefined ? undefined : mapValues(tls, absolute),
      tokenFile: tokenFile === undefined ? undefined : absolute(tokenFile),
    },
    console: console === false ? false : consoleWithPaths(console, absolute),
    store: storeWithPaths(store, absolute),
    spools: spools.map(absolute),
    alerts: {
      ...alerts,
      files: alerts.files.map(absolute),
      kubernetes: clusterWithPaths(alerts.kubernetes, absolute),
      webhooks: Object.fromEntries(
        Object.entries(alerts.webhooks).map(([name, webhook]) => [name, webhookWithPaths(webhook, absolute)]),
      ),
    },
    state: absolute(state),
  };
}

function consoleWithPaths(console: ConsoleConfig, absolute: (path: string) => string): ConsoleConfig {
  const { tls, users, audit, searches, policies, oidc, kubernetes, welcome, alerts } = console;
  const secure = tls === undefined ? undefined : mapValues(tls, absolute);
  const secret = oidc === false ? undefined : oidc.clientSecretFile;
  const kubeconfig = kubernetes === false ? undefined : kubernetes.kubeconfig;
  return {
    ...{ ...console, tls: secure, users: absolute(users), audit: absolute(audit) },
    searches: searches === undefined ? undefined : absolute(searches),
    policies: policies === undefined ? undefined : absolute(policies),
    welcome: welcome === undefined ? undefined : absolute(welcome),
    alerts: alerts === undefined ? undefined : absolute(alerts),
    ...(oidc === false || secret === undefined
      ? {}
      : { oidc: { ...oidc, clientSecretFile: absolute(secret) } }),
    ...(kubernetes === false || kubeconfig === undefined
      ? {}
      : { kubernetes: { ...kubernetes, kubeconfig: absolute(kubeconfig) } }),
  };
}

function clusterWithPaths<Cluster extends { readonly kubeconfig?: string | undefined }>(
  cluster: Cluster | false,
  absolute: (path: string) => string,
): Cluster | false {
  if (cluster === false || cluster.kubeconfig === undefined) return cluster;
  return { ...cluster, kubeconfig: absolute(cluster.kubeconfig) };
}

function webhookWithPaths(webhook: WebhookConfig, absolute: (path: string) => string): WebhookConfig {
  const { url, secretFile, caFile } = webhook;
  const paths = {
    url: typeof url === 'string' ? url : { file: absolute(url.file) },
    ...(secretFile === undefined ? {} : { secretFile: absolute(secretFile) }),
    ...(caFile === undefined ? {} : { caFile: absolute(caFile) }),
  };
  if (!('basicAuth' in webhook) || webhook.basicAuth === undefined) return { ...webhook, ...paths };
  const { username, passwordFile } = webhook.basicAuth;
  return { ...webhook, ...paths, basicAuth: { username, passwordFile: absolute(passwordFile) } };
}

function storeWithPaths(store: StoreConfig, absolute: (path: string) => string): StoreConfig {
  if (store.type === 'sqlite') return { ...store, path: absolute(store.path) };
  const { auth, tls } = store;
  const ca = tls.ca === undefined ? {} : { ca: absolute(tls.ca) };
  const paths = { ...store, tls: { ...tls, ...ca } };
  if (auth === undefined) return paths;
  if ('apiKeyFile' in auth) return { ...paths, auth: { apiKeyFile: absolute(auth.apiKeyFile) } };
  return { ...paths, auth: { ...auth, passwordFile: absolute(auth.passwordFile) } };
}

function mapValues<K extends string>(
  values: Readonly<Record<K, string>>,
  map: (value: string) => string,
): Record<K, string> {
  const mapped = Object.entries<string>(values).map(([name, value]) => [name, map(value)]);
  return Object.fromEntries(mapped) as Record<K, string>;
}
