/** `sluice dashboards import`: brings the dashboards of deploy/ into Kibana and Grafana. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { oneLine } from '../events/text.ts';
import { repositoryRoot } from '../setup/paths.ts';
import { DashboardsError } from './errors.ts';
import { send, targetOf, under } from './send.ts';

export interface ImportFlags {
  readonly kibana?: string;
  readonly space?: string;
  readonly kibanaKeyFile?: string;
  readonly grafana?: string;
  readonly folder?: string;
  readonly grafanaTokenFile?: string;
}

export interface ImportEnvironment {
  readonly stdout: { write(text: string): unknown };
  readonly variables: NodeJS.ProcessEnv;
}

export const KIBANA_FILE = 'deploy/kibana/sluice.ndjson';
export const GRAFANA_FILE = 'deploy/grafana/sluice.json';

/** @throws DashboardsError */
export async function importDashboards(flags: ImportFlags, environment: ImportEnvironment): Promise<void> {
  if (flags.kibana === undefined && flags.grafana === undefined) {
    throw new DashboardsError('DASHBOARDS_OPTION', {
      option: '--kibana, --grafana',
      reason: 'one is needed',
    });
  }
  if (flags.kibana !== undefined) await importKibana(flags.kibana, flags, environment);
  if (flags.grafana !== undefined) await importGrafana(flags.grafana, flags, environment);
}

/**
 * `POST /api/saved_objects/_import`, of a space `/s/SPACE/api/…`: multipart, the file in the field `file`, with a header
 * against forged requests. What is there by the same ids is overwritten: they are ours by their names.
 * https://www.elastic.co/docs/api/doc/kibana/operation/operation-post-saved-objects-import
 */
async function importKibana(
  address: string,
  { space, kibanaKeyFile }: ImportFlags,
  { stdout, variables }: ImportEnvironment,
): Promise<void> {
  const key = readToken('--kibana-key-file', kibanaKeyFile, variables.SLUICE_KIBANA_API_KEY);
  const target = targetOf('--kibana', address, 'ApiKey', key);
  const prefix = space === undefined ? '' : `/s/${encodeURIComponent(space)}`;
  const url = under(target, `${prefix}/api/saved_objects/_import`);
  url.searchParams.set('overwrite', 'true');
  const form = new FormData();
  form.set('file', new Blob([readDeployed(KIBANA_FILE)], { type: 'application/ndjson' }), 'sluice.ndjson');
  const answer = await send(target, url, { 'kbn-xsrf': 'sluice' }, form);
  const { success, successCount, errors } = readKibana(answer);
  if (!success) {
    const reason = oneLine(`${successCount} taken; ${errors.join('; ')}`, 2_000);
    throw new DashboardsError('DASHBOARDS_REFUSED', { url: oneLine(url.href), reason });
  }
  stdout.write(`Kibana has taken ${successCount} objects; the dashboard is "Sluice: overview"\n`);
}

interface KibanaAnswer {
  readonly success: boolean;
  readonly successCount: number;
  readonly errors: readonly string[];
}

/** It answers 200 also where objects were refused. */
function readKibana(answer: unknown): KibanaAnswer {
  if (typeof answer !== 'object' || answer === null || !('success' in answer)) {
    return { success: false, successCount: 0, errors: ['the answer is not that of Kibana'] };
  }
  const count = 'successCount' in answer ? Number(answer.successCount) : 0;
  const errors = 'errors' in answer && Array.isArray(answer.errors) ? answer.errors : [];
  return {
    success: answer.success === true,
    successCount: count,
    errors: errors.map((each) => JSON.stringify(each)),
  };
}

/**
 * `POST /api/dashboards/db`: one JSON object. What has our uid is overwritten.
 * https://grafana.com/docs/grafana/v11.6/developers/http_api/dashboard/
 */
async function importGrafana(
  address: string,
  { folder, grafanaTokenFile }: ImportFlags,
  { stdout, variables }: ImportEnvironment,
): Promise<void> {
  const token = readToken('--grafana-token-file', grafanaTokenFile, variables.SLUICE_GRAFANA_TOKEN);
  const target = targetOf('--grafana', address, 'Bearer', token);
  const url = under(target, '/api/dashboards/db');
  const dashboard: unknown = JSON.parse(readDeployed(GRAFANA_FILE));
  const body = {
    dashboard: { ...(typeof dashboard === 'object' ? dashboard : {}), id: null },
    ...(folder === undefined ? {} : { folderUid: folder }),
    message: 'sluice dashboards import',
    overwrite: true,
  };
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const answer = await send(target, url, headers, JSON.stringify(body));
  if (typeof answer !== 'object' || answer === null || !('status' in answer) || answer.status !== 'success') {
    const reason = oneLine(JSON.stringify(answer), 500);
    throw new DashboardsError('DASHBOARDS_REFUSED', { url: oneLine(url.href), reason });
  }
  const path = 'url' in answer && typeof answer.url === 'string' ? `: ${oneLine(answer.url, 200)}` : '';
  stdout.write(`Grafana has taken the dashboard "Sluice"${path}\n`);
}

const readDeployed = (path: string): string => readFileSync(join(repositoryRoot(), path), 'utf8');

/** The file's first, for a secret on a command line is everybody's who lists processes. */
function readToken(option: string, file: string | undefined, variable: string | undefined): string | null {
  if (file === undefined) return variable ? variable.trim() : null;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DashboardsError('DASHBOARDS_OPTION', { option, reason }, error);
  }
}
