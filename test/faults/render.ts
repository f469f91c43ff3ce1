/** The tables of docs/faults.md. `node test/faults/render.ts` prints them. */
import {
  CLIENT_FAULTS,
  ENVOY_FAULTS,
  type Fault,
  type Faults,
  POOL_FAULTS,
  PROCESS_FAULTS,
  RELOAD_FAULTS,
  RULE_FAULTS,
  UPSTREAM_FAULTS,
} from './table.ts';

const GROUPS: readonly (readonly [title: string, faults: Faults])[] = [
  ['Worker threads and memory', POOL_FAULTS],
  ['Processes', PROCESS_FAULTS],
  ['Rules', { ...RULE_FAULTS, ...RELOAD_FAULTS }],
  ['Clients', CLIENT_FAULTS],
  ['Workloads', UPSTREAM_FAULTS],
  ['Envoy', ENVOY_FAULTS],
];

export const renderFaults = (): string => GROUPS.map(([title, faults]) => group(title, faults)).join('\n');

function group(title: string, faults: Faults): string {
  const head = ['| fault | mode | client | workload | event |', '|---|---|---|---|---|'];
  return [`## ${title}`, '', ...head, ...Object.values(faults).flatMap(rowsOf), ''].join('\n');
}

const rowsOf = ({ fault, seen }: Fault): readonly string[] =>
  Object.entries(seen).map(
    ([mode, { client, workload, event }], index) =>
      `| ${index === 0 ? fault : ''} | ${mode} | ${client} | ${workload} | ${event} |`,
  );

if (import.meta.main) process.stdout.write(renderFaults());
