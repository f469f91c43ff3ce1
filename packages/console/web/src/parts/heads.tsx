/** The head of a table: `''` over what can be done with a line. */
import { Table } from '@mantine/core';

export function Heads({ of }: { readonly of: readonly string[] }) {
  return (
    <Table.Thead>
      <Table.Tr>
        {of.map((head) => (
          <Table.Th key={head} aria-label={head === '' ? 'Actions' : undefined}>
            {head}
          </Table.Th>
        ))}
      </Table.Tr>
    </Table.Thead>
  );
}
