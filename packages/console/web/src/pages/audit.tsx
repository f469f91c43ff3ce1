/** What was changed through the console, when, by whom. */
import { Stack, Table, Title } from '@mantine/core';
import { ask } from '../ask.ts';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { Heads } from '../parts/heads.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { timeText } from '../parts/time.tsx';

interface Entry {
  readonly at: string;
  readonly user: string;
  readonly address: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: 'done' | 'refused';
}

export function AuditLog() {
  const answer = useAnswer('audit', (signal) =>
    ask<{ readonly entries: readonly Entry[] }>('/api/audit', { signal }),
  );
  return (
    <Stack>
      <Title order={2}>Audit log</Title>
      <Answered answer={answer}>
        {({ entries }) => (
          <Table>
            <Heads of={['Time', 'Who', 'From', 'What', 'To', 'Outcome']} />
            <Table.Tbody>
              {entries.map((entry, line) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: entries have no name, and their order stays
                <Table.Tr key={`${entry.at} ${line}`}>
                  <Table.Td>{timeText(Date.parse(entry.at))}</Table.Td>
                  <Table.Td>
                    <HostileText text={entry.user} />
                  </Table.Td>
                  <Table.Td>{entry.address}</Table.Td>
                  <Table.Td>{entry.action}</Table.Td>
                  <Table.Td>
                    <HostileText text={entry.target} />
                  </Table.Td>
                  <Table.Td>{entry.outcome}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Answered>
    </Stack>
  );
}
