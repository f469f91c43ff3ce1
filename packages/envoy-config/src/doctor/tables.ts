/** Tables of routes, and which of their virtual hosts a connection manager's requests can be for. */
import type { Documented } from './document.ts';
import type { Node } from './node.ts';

export interface Table {
  readonly node: Node;
  readonly hosts: readonly Node[];
}

/** Null where it comes from elsewhere. */
export function tableOf(manager: Node, { routes }: Documented): Table | null {
  const node = manager.at('rds').exists
    ? (routes.get(manager.at('rds.route_config_name').text) ?? null)
    : manager.at('scoped_routes').exists
      ? null
      : manager.at('route_config');
  return node === null ? null : { node, hosts: hostsOf(node, manager) };
}

/** All of them, unless they are found by a header in which the manager writes one value, whatever the client does. */
function hostsOf(table: Node, manager: Node): readonly Node[] {
  const hosts = table.each('virtual_hosts');
  const header = table.at('vhost_header').text.toLowerCase();
  const value = header === '' ? undefined : writtenValue(manager, header);
  if (value === undefined) return hosts;
  const named = hosts.filter((host) => host.each('domains').some(({ text }) => text === value));
  return named.length > 0 ? named : hosts.filter((host) => host.each('domains').some(isPattern));
}

const isPattern = ({ text }: Node): boolean => text.includes('*');

/** Undefined where clients may have a say. */
function writtenValue(manager: Node, header: string): string | undefined {
  const mutations = manager
    .each('early_header_mutation_extensions')
    .flatMap((extension) => extension.each('typed_config.mutations'));
  const last = mutations.findLast(
    (mutation) =>
      mutation.at('remove').text.toLowerCase() === header ||
      mutation.at('append.header.key').text.toLowerCase() === header,
  );
  const value = last?.at('append.header.value').text ?? '';
  const overwrites = last?.at('append.append_action').text === 'OVERWRITE_IF_EXISTS_OR_ADD';
  // A percent sign begins a command.
  return overwrites && value !== '' && !value.includes('%') ? value : undefined;
}
