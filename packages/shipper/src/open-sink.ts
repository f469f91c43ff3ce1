/** A sink from its settings: reads the files that they name, and puts the parts together. */
import { readFileSync } from 'node:fs';
import { ALERT_SCHEMA, DATA_SETS, type DataSet, L7_SCHEMA, type Schema, WAF_SCHEMA } from '@sluice/spool';
import type { ElasticsearchSinkSettings, SinkSettings } from './config-schema.ts';
import type { ElasticsearchOptions } from './elasticsearch/options.ts';
import { ElasticsearchSink } from './elasticsearch/sink.ts';
import { installTemplate, streamName } from './elasticsearch/template.ts';
import { reasonOf, ShipperError } from './errors.ts';
import type { PipelineLog } from './pipeline/pipeline.ts';
import type { Sink } from './sink.ts';
import { openSink as openOtherSink } from './sinks/index.ts';

export interface SinkParts {
  readonly identity: string;
  readonly log: PipelineLog;
  readonly inFlightMax: number;
}

const SCHEMAS: Readonly<Record<DataSet, Schema>> = { waf: WAF_SCHEMA, l7: L7_SCHEMA, alert: ALERT_SCHEMA };

/** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
export const openSink = (settings: SinkSettings, parts: SinkParts): Sink =>
  settings.type === 'elasticsearch' ? openElasticsearch(settings, parts) : openOtherSink(settings);

function openElasticsearch(
  settings: ElasticsearchSinkSettings,
  { identity, log, inFlightMax }: SinkParts,
): Sink {
  const { namespace, retentionDays } = settings;
  const setUp: ElasticsearchSinkParts['setUp'] = async (client) => {
    for (const dataSet of DATA_SETS) {
      const schema = SCHEMAS[dataSet];
      const installed = await installTemplate(client, { dataSet, schema, namespace, retentionDays });
      log.info({ sink: settings.name, ...installed }, 'the data stream is prepared');
    }
  };
  const options = elasticsearchOptions(settings);
  // A shipper may have several sinks of this kind on one cluster: requests of one are not the other's.
  const parts = { options, identity: `${identity}-${settings.name}`, log, inFlightMax };
  return new ElasticsearchSink(settings.installTemplate ? { ...parts, setUp } : parts);
}

type ElasticsearchSinkParts = ConstructorParameters<typeof ElasticsearchSink>[0];

/** @throws ShipperError SHIPPER_OPTION */
export function elasticsearchOptions(settings: ElasticsearchSinkSettings): ElasticsearchOptions {
  const { name, nodes, namespace, auth, tls, askBeforeRepeat } = settings;
  const { compressionLevel, requestBytesMax, requestMillisMax } = settings;
  const fingerprint = tls.caFingerprint?.replaceAll(':', '').toUpperCase();
  return {
    name,
    nodes,
    auth: authOf(auth),
    tls: {
      ca: textOf('tls.ca', tls.ca),
      caFingerprint: fingerprint?.replace(/(..)(?=.)/g, '$1:') ?? null,
      certificate: textOf('tls.cert', tls.cert),
      key: textOf('tls.key', tls.key),
    },
    compressionLevel,
    requestBytesMax,
    requestMillisMax,
    streams: {
      waf: streamName('waf', namespace),
      l7: streamName('l7', namespace),
      alert: streamName('alert', namespace),
    },
    askBeforeRepeat,
  };
}

function authOf(auth: ElasticsearchSinkSettings['auth']): ElasticsearchOptions['auth'] {
  if (auth === undefined) return { kind: 'none' };
  if ('apiKeyFile' in auth) return { kind: 'apiKey', apiKey: secretOf('auth.apiKeyFile', auth.apiKeyFile) };
  const { username, passwordFile } = auth;
  return { kind: 'basic', username, password: secretOf('auth.passwordFile', passwordFile) };
}

/** Editors end files with a line end, which is no part of a secret. */
const secretOf = (option: string, path: string): string => (textOf(option, path) ?? '').replace(/\r?\n$/, '');

function textOf(option: string, path: string | undefined): string | null {
  if (path === undefined) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ShipperError('SHIPPER_OPTION', { option, reason: reasonOf(cause) }, cause);
  }
}
