/** `sluice policy explain`, as the command line calls it. */
import { isIP } from 'node:net';
import { loadLocatedConfig } from '@sluice/server/config';
import { type ExplainRequest, explainPolicy } from '@sluice/server/policies/explain';
import { styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { PolicyExplainError } from './errors.ts';
import { explanationToJson, renderExplanation } from './render.ts';

export interface PolicyExplainFlags {
  readonly config: string;
  readonly to?: string;
  readonly route?: string;
  readonly virtualHost?: string;
  readonly policy?: string;
  readonly client?: string;
  readonly host?: string;
  readonly header?: readonly string[];
  readonly path?: string;
  readonly json?: true;
}

export interface PolicyExplainEnvironment {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly variables: NodeJS.ProcessEnv;
}

/**
 * @returns the exit code
 * @throws PolicyExplainError POLICY_EXPLAIN_CALL, and the server's errors of configuration and of selection
 */
export function runPolicyExplain(
  flags: PolicyExplainFlags,
  { stdout, variables }: PolicyExplainEnvironment,
): number {
  const explanation = explainPolicy(loadLocatedConfig(flags.config), requestOf(flags));
  stdout.write(
    flags.json
      ? `${JSON.stringify(explanationToJson(explanation), null, 2)}\n`
      : renderExplanation(explanation, styleFor(stdout, variables)),
  );
  return EXIT.ok;
}

function requestOf(flags: PolicyExplainFlags): ExplainRequest {
  const { policy = null, client = '', host, header = [] } = flags;
  if (client !== '' && isIP(client) === 0) throw wrong('--client', client, 'IP address');
  return {
    named: policy,
    // On the command line what is not given is empty: whoever asks about a route names it.
    destination: { ...parseTo(flags.to), route: flags.route ?? '', virtualHost: flags.virtualHost ?? '' },
    clientAddress: client,
    ...(flags.path === undefined ? {} : { uri: flags.path }),
    headers: [...(host === undefined ? [] : [['host', host] as const]), ...header.map(parseHeader)],
  };
}

function parseTo(text: string | undefined): { readonly address: string; readonly port: number } {
  if (text === undefined) return { address: '', port: 0 };
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (isIP(address) === 0 || port > 65_535) throw wrong('--to', text, 'address:port, or [IPv6 address]:port');
  return { address, port };
}

function parseHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw wrong('--header', line, 'Name: value');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

const wrong = (option: string, text: string, form: string): PolicyExplainError =>
  new PolicyExplainError('POLICY_EXPLAIN_CALL', { option, text, form });
