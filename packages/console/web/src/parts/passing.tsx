/** Stored requests that would pass with an exclusion: attacks among them in red, and said in words. */
import { Badge, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Passing } from '../policies.ts';
import { HostileText } from './hostile-text.tsx';
import { timeText } from './time.tsx';

/** Dark enough on white, and light enough on black, for WCAG AA. */
export const RED = 'light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))';

export function PassingTable({ events }: { readonly events: readonly Passing[] }) {
  return (
    <Table.ScrollContainer minWidth={700} scrollAreaProps={{ tabIndex: 0, 'aria-label': 'What would pass' }}>
      <Table verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {['Looks like', 'Event', 'Source', 'Request', 'Value'].map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map(({ id, at, source, method, path, value, isAttack, signals }) => (
            <Table.Tr key={id} {...(isAttack ? { c: RED } : {})}>
              <Table.Td>
                {isAttack ? <Badge color="red.9">attack</Badge> : <Text size="sm">no attack</Text>}
                <Text size="xs">{signals.join(', ')}</Text>
              </Table.Td>
              <Table.Td>
                <Link href={`/events/waf/${encodeURIComponent(id)}`}>{timeText(at)}</Link>
              </Table.Td>
              <Table.Td>
                <HostileText text={source} />
              </Table.Td>
              <Table.Td>
                <HostileText text={`${method} ${path}`} />
              </Table.Td>
              <Table.Td>
                <HostileText text={value} lineClamp={2} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
