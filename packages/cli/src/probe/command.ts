/** `sluice probe`, as the command line calls it. */
import {
  ask,
  attackOn,
  judge,
  type ProbeAnswer,
  type ProbeJudgement,
  type ProbeOptions,
  type ProbeOutcome,
} from '@sluice/server/probe';
import { type Style, styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { ProbeError } from './errors.ts';

export interface ProbeFlags {
  readonly header?: readonly string[];
  readonly insecure?: true;
  readonly timeout: string;
  readonly json?: true;
}

export interface ProbeEnvironment {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly variables: NodeJS.ProcessEnv;
}

/** As `sluice inspect` has it for a request that is or would be denied. */
const NOT_ENFORCED = 4;

const EXITS: Readonly<Record<ProbeOutcome, number>> = {
  enforced: EXIT.ok,
  everything_blocked: EXIT.ok,
  not_enforced: NOT_ENFORCED,
  blocked_by_another: NOT_ENFORCED,
  undecided: EXIT.failed,
};

/**
 * @returns the exit code: 0 enforced, 4 not, 1 undecided
 * @throws ProbeError PROBE_CALL
 */
export async function runProbe(
  target: string,
  flags: ProbeFlags,
  { stdout, variables }: ProbeEnvironment,
): Promise<number> {
  const url = parseUrl(target);
  const options: ProbeOptions = {
    headers: parseHeaders(flags.header ?? []),
    insecure: flags.insecure === true,
    timeoutMillis: parseTimeout(flags.timeout),
  };
  const clean = await ask(url, options);
  const attack = await ask(attackOn(url), options);
  const judgement = judge(clean, attack);
  stdout.write(
    flags.json
      ? `${JSON.stringify({ url: url.href, ...judgement, clean, attack })}\n`
      : render(url, judgement, clean, attack, styleFor(stdout, variables)),
  );
  return EXITS[judgement.outcome];
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ProbeError('url', `${text} is no URL of HTTP`);
  return url;
}

function parseHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined)
        throw new ProbeError('--header', `${line} is no "Name: value"`);
      return [name.toLowerCase(), value];
    }),
  );
}

function parseTimeout(text: string): number {
  const millis = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (millis < 1) throw new ProbeError('--timeout', `${text} is no number of milliseconds`);
  return millis;
}

const WORDS: Readonly<Record<ProbeOutcome, string>> = {
  enforced: 'ENFORCED',
  everything_blocked: 'ENFORCED, AND NOTHING PASSES',
  not_enforced: 'NOT ENFORCED',
  blocked_by_another: 'NOT ENFORCED BY SLUICE',
  undecided: 'UNDECIDED',
};

function render(
  url: URL,
  { outcome, explanation }: ProbeJudgement,
  clean: ProbeAnswer,
  attack: ProbeAnswer,
  style: Style,
): string {
  const paint = outcome === 'enforced' ? style.green : EXITS[outcome] === EXIT.ok ? style.yellow : style.red;
  return `${[
    `${paint(WORDS[outcome])}  ${url.href}`,
    explanation,
    `clean   ${describe(clean)}`,
    `attack  ${describe(attack)}`,
  ].join('\n')}\n`;
}

function describe({ status, requestId, failure }: ProbeAnswer): string {
  if (failure !== null) return failure;
  return requestId === null ? String(status) : `${status}, block page, request id ${requestId}`;
}
