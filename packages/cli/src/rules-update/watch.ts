/** Asks the running server about its candidate. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Config, RehearsalReport } from '@sluice/server';
import { RulesUpdateError } from './errors.ts';

const ASK_EVERY_MILLIS = 500;
/** A CRS that was never compiled takes a minute or two. */
const BEGIN_MILLIS_MAX = 900_000;

/** Null where the server has no candidate. @throws RulesUpdateError RULES_UPDATE_UNREACHABLE */
export async function candidateReport({ admin }: Config): Promise<RehearsalReport | null> {
  const unreachable = (reason: string): RulesUpdateError =>
    new RulesUpdateError('RULES_UPDATE_UNREACHABLE', { reason });
  if (admin === false) throw unreachable('admin is switched off');
  const host = admin.host.includes(':') ? `[${admin.host}]` : admin.host;
  let answer: Response;
  try {
    answer = await fetch(`http://${host}:${admin.port}/candidate`);
  } catch (error) {
    throw unreachable(error instanceof Error ? error.message : String(error));
  }
  if (answer.status !== 200) throw unreachable(`it answers ${answer.status}`);
  const report = (await answer.json()) as RehearsalReport | { readonly state: 'none' };
  return report.state === 'none' ? null : report;
}

/** Waits until the server has taken the candidate up, and then as long as is asked. */
export async function rehearse(
  config: Config,
  directory: string,
  seconds: number,
  tell: (line: string) => void,
): Promise<RehearsalReport> {
  const until = performance.now() + BEGIN_MILLIS_MAX;
  let told = '';
  while (performance.now() < until) {
    const report = await candidateReport(config);
    const state = report?.directory === directory ? report.state : 'waiting for the server';
    if (report !== null && (state === 'refused' || state === 'ended')) return report;
    if (state === 'running') {
      tell(`the candidate judges copies of requests; the difference follows in ${seconds} s`);
      await pause(seconds * 1_000);
      return (await candidateReport(config)) ?? report ?? never();
    }
    if (state !== told) tell(`the candidate: ${state}`);
    told = state;
    await pause(ASK_EVERY_MILLIS);
  }
  throw new RulesUpdateError('RULES_UPDATE_UNREACHABLE', { reason: 'it does not take the candidate up' });
}

function never(): never {
  throw new RulesUpdateError('RULES_UPDATE_UNREACHABLE', { reason: 'the candidate is gone' });
}
