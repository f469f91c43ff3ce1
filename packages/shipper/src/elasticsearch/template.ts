/**
 * What documents need on the server before they come: an index template of their data stream, and how long they are kept.
 *
 *     await installTemplate(client, { dataSet: 'waf', schema: WAF_SCHEMA, namespace: 'default', retentionDays: 30 });
 *
 * It needs the privileges `manage_index_templates`, and on the stream `manage`; for ILM `manage_ilm`.
 */
import { createHash } from 'node:crypto';
import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import type { DataSet, Schema } from '@sluice/spool';
import { ShipperError } from '../errors.ts';
import { mappingOf } from './mapping.ts';

/** Raised with each change of what is installed beside the schema. */
const TEMPLATE_VERSION = 1;
/** Templates of Elasticsearch itself have 100 for `logs-*-*`, those of Fleet's integrations 200. */
const PRIORITY = 500;
const OWNER = 'sluice';
const NAMESPACE = /^[a-z0-9][a-z0-9_.]{0,99}$/;

export interface TemplateOptions {
  readonly dataSet: DataSet;
  readonly schema: Schema;
  /** Last part of the stream's name: small letters, digits, `_` and `.`, of those that it begins with the first two. */
  readonly namespace: string;
  /** Days; null: as another has asked for before, or for ever. */
  readonly retentionDays: number | null;
}

/** How documents are removed when their time is over. */
export type Retention =
  /** By the data stream's lifecycle. */
  | 'lifecycle'
  /** By index lifecycle management. */
  | 'ilm'
  /** By nobody: the server has neither of the two. */
  | 'unavailable'
  /** By nobody: none was asked for. */
  | 'none';

export interface InstalledTemplate {
  readonly stream: string;
  /** `newer`: what a newer Sluice has installed is left as it is, its retention, too. */
  readonly template: 'created' | 'upgraded' | 'kept' | 'newer';
  readonly retention: Retention;
}

/** @throws ShipperError SHIPPER_OPTION where the namespace cannot be part of a name */
export function streamName(dataSet: DataSet, namespace: string): string {
  if (NAMESPACE.test(namespace)) return `logs-sluice.${dataSet}-${namespace}`;
  const reason = 'must be 1 to 100 small letters, digits, _ and ., and begin with a letter or digit';
  throw new ShipperError('SHIPPER_OPTION', { option: 'namespace', reason });
}

/** The body of the index template, without the name. */
export function templateOf(
  options: TemplateOptions,
  retention: Retention,
): estypes.IndicesPutIndexTemplateRequest {
  const stream = streamName(options.dataSet, options.namespace);
  const { mappings, fieldsMax } = mappingOf(options.schema);
  const lifecycle = retention === 'lifecycle' ? { data_retention: `${options.retentionDays}d` } : undefined;
  return {
    name: stream,
    index_patterns: [stream],
    data_stream: {},
    priority: PRIORITY,
    version: TEMPLATE_VERSION * 1_000 + options.schema.version,
    template: {
      settings: {
        index: {
          // Documents come back as they were given: logsdb, the default of servers for such names, sorts their arrays.
          mode: 'standard',
          codec: 'best_compression',
          number_of_shards: 1,
          // A cluster of one node is green, too.
          auto_expand_replicas: '0-1',
          mapping: { total_fields: { limit: fieldsMax, ignore_dynamic_beyond_limit: true } },
          ...(retention === 'ilm' ? { lifecycle: { name: stream } } : {}),
        },
      },
      mappings,
      ...(lifecycle === undefined ? {} : { lifecycle }),
    },
  };
}

/** Rolls over ten times within the time for which documents are kept, so that no more than a tenth of it is kept beyond. */
export function policyOf(retentionDays: number): estypes.IlmPolicy {
  const maxAge = `${Math.max(1, Math.ceil(retentionDays / 10))}d`;
  return {
    _meta: { managed_by: OWNER },
    phases: {
      hot: { actions: { rollover: { max_age: maxAge, max_primary_shard_size: '50gb' } } },
      delete: { min_age: `${retentionDays}d`, actions: { delete: {} } },
    },
  };
}

/**
 * Installs template and retention, or brings them up to date, those of an existing stream, too. What somebody else has
 * under these names stays as it is. Can be called at any time, by several at once.
 *
 * @throws ShipperError TEMPLATE_FOREIGN, SHIPPER_OPTION; errors of the client
 */
export async function installTemplate(client: Client, options: TemplateOptions): Promise<InstalledTemplate> {
  const stream = streamName(options.dataSet, options.namespace);
  const found = await findTemplate(client, stream);
  if (found !== null && found._meta?.managed_by !== OWNER) {
    throw new ShipperError('TEMPLATE_FOREIGN', { what: 'index template', name: stream });
  }
  const retentionDays = options.retentionDays ?? daysOf(found);
  const retention = await chooseRetention(client, stream, retentionDays);
  const body = templateOf({ ...options, retentionDays }, retention);
  if ((found?.version ?? 0) > (body.version ?? 0)) return { stream, template: 'newer', retention };
  await installRetention(client, stream, retention, retentionDays);
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  if (found?._meta?.digest === digest) return { stream, template: 'kept', retention };
  const meta = {
    managed_by: OWNER,
    digest,
    ...(retentionDays === null ? {} : { retention_days: retentionDays }),
  };
  await client.indices.putIndexTemplate({ ...body, _meta: meta });
  await upgradeStream(client, stream, body);
  return { stream, template: found === null ? 'created' : 'upgraded', retention };
}

/** What was asked for when the template was installed: who says nothing about it takes nothing back. */
function daysOf(found: estypes.IndicesIndexTemplate | null): number | null {
  const days: unknown = found?._meta?.retention_days;
  return typeof days === 'number' ? days : null;
}

async function findTemplate(client: Client, name: string): Promise<estypes.IndicesIndexTemplate | null> {
  const answer = await orNull(() => client.indices.getIndexTemplate({ name }), isNotFound);
  return answer?.index_templates.find((each) => each.name === name)?.index_template ?? null;
}

async function chooseRetention(client: Client, stream: string, days: number | null): Promise<Retention> {
  if (days === null) return 'none';
  if (await isThere(() => client.indices.getDataLifecycle({ name: stream }))) return 'lifecycle';
  return (await isThere(() => client.ilm.getLifecycle({ name: stream }))) ? 'ilm' : 'unavailable';
}

/** Whether the server has such an interface, whatever it answers about something that is not there. */
async function isThere(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (isNotFound(error)) return true;
    if (isApiMissing(error)) return false;
    throw error;
  }
}

async function installRetention(
  client: Client,
  stream: string,
  retention: Retention,
  days: number | null,
): Promise<void> {
  if (days === null) return;
  if (retention === 'lifecycle') {
    // Before its first document there is no stream: the template has it for later.
    await orNull(
      () => client.indices.putDataLifecycle({ name: stream, data_retention: `${days}d` }),
      isNotFound,
    );
  } else if (retention === 'ilm') {
    await installPolicy(client, stream, days);
  }
}

async function installPolicy(client: Client, name: string, days: number): Promise<void> {
  const found = await orNull(() => client.ilm.getLifecycle({ name }), isNotFound);
  const meta = found?.[name]?.policy._meta;
  if (found?.[name] !== undefined && meta?.managed_by !== OWNER) {
    throw new ShipperError('TEMPLATE_FOREIGN', { what: 'lifecycle policy', name });
  }
  await client.ilm.putLifecycle({ name, policy: policyOf(days) });
}

/** A template is for indices to come. A mapping that cannot become the new one is left to documents that have it. */
async function upgradeStream(
  client: Client,
  stream: string,
  { template }: estypes.IndicesPutIndexTemplateRequest,
): Promise<void> {
  if (!(await client.indices.exists({ index: stream }))) return;
  const { mapping = {}, lifecycle } = template?.settings?.index ?? {};
  const index = { mapping, ...(lifecycle === undefined ? {} : { lifecycle }) };
  await client.indices.putSettings({ index: stream, settings: { index } });
  try {
    await client.indices.putMapping({ index: stream, ...template?.mappings });
  } catch (error) {
    if (!(error instanceof errors.ResponseError) || error.statusCode !== 400) throw error;
    await client.indices.rollover({ alias: stream });
  }
}

async function orNull<T>(ask: () => Promise<T>, isExpected: (error: unknown) => boolean): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isExpected(error)) return null;
    throw error;
  }
}

const isNotFound = (error: unknown): boolean =>
  error instanceof errors.ResponseError && error.statusCode === 404;

/** What Elasticsearch answers where a module that has the interface is not part of it. */
function isApiMissing(error: unknown): boolean {
  if (!(error instanceof errors.ResponseError)) return false;
  const { error: reason } = Object(error.body);
  return (
    typeof reason === 'string' && /^(?:no handler found for uri|Incorrect HTTP method for uri) /.test(reason)
  );
}
