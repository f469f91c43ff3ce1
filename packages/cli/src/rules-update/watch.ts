/** Asks the running server about its candidate. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Config, RehearsalReport, ReloadStatus } from '@sluice/server';
import { RulesUpdateError } from './errors.ts';

const ASK_EVERY_MILLIS = 500;
/** A CRS that was never compiled takes a minute or two. */
const BEGIN_MILLIS_MAX = 900_000;

const unreachable = (reason: string): RulesUpdateError =>
  new RulesUpdateError('RULES_UPDATE_UNREACHABLE', { reason });

/** A page of JSON of the running server. @throws RulesUpdateError RULES_UPDATE_UNREACHABLE */
export async function page({ admin }: Config, path: string): Promise<unknown> {
  if (admin === false) throw unreachable('admin is switched off');
  const host = admin.host.includes(':') ? `[${admin.host}]` : admin.host;
  let answer: Response;
  try {
    answer = await fetch(`http://${host}:${admin.port}${path}`);
  } catch (error) {
    throw unreachable(error instanceof Error ? error.message : String(error));
  }
  if (answer.status !== 200) throw unreachable(`it answers ${answer.status} to ${path}`);
  return answer.json();
}

/** Null where the server has no candidate. @throws RulesUpdateError RULES_UPDATE_UNREACHABLE */
export async function candidateReport(config: Config): Promise<RehearsalReport | null> {
  const report = (await page(config, '/candidate')) as RehearsalReport | { readonly state: 'none' };
  return report.state === 'none' ? null : report;
}

type LastReload = NonNullable<ReloadStatus['last']>;

/** What came of the last reload, where that was after a moment. */
async function reloadSince(config: Config, sinceMillis: number): Promise<LastReload | null> {
  const { last } = (await page(config, '/reload')) as ReloadStatus;
  return last !== null && last.atMillis >= sinceMillis ? last : null;
}

/**
 * Waits for a reload that ends after a moment.
 *
 * @throws RulesUpdateError RULES_UPDATE_UNREACHABLE also where none comes
 */
export async function awaitReload(config: Config, sinceMillis: number): Promise<LastReload> {
  const until = performance.now() + BEGIN_MILLIS_MAX;
  while (performance.now() < until) {
    const last = await reloadSince(config, sinceMillis);
    if (last !== null) return last;
    await pause(ASK_EVERY_MILLIS);
  }
  throw unreachable('it does not take the change up');
}

/** Waits until the server has taken the candidate up, and then as long as is asked. */
export async function rehearse(
  config: Config,
  directory: string,
  { sinceMillis, seconds }: { readonly sinceMillis: number; readonly seconds: number },
  tell: (line: string) => void,
): Promise<RehearsalReport> {
  const until = performance.now() + BEGIN_MILLIS_MAX;
  const last = await awaitReload(config, sinceMillis);
  if (last.outcome === 'refused' || last.outcome === 'failed') throw unreachable(last.reason);
  let told = '';
  while (performance.now() < until) {
    const report = await candidateReport(config);
    const state = report?.directory === directory ? report.state : 'waiting for the server';
    if (report !== null && (state === 'refused' || state === 'ended')) return report;
    if (report !== null && state === 'running') {
      tell(`the candidate judges copies of requests; the difference follows in ${seconds} s`);
      await pause(seconds * 1_000);
      return (await candidateReport(config)) ?? report;
    }
    if (state !== told) tell(`the candidate: ${state}`);
    told = state;
    await pause(ASK_EVERY_MILLIS);
  }
  throw unreachable('it does not take the candidate up');
}
