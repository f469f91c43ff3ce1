/** A change before it is made: YAML, difference, who manages the object, what Block would have refused. Then it is made, or not. */
import { Alert, Badge, Button, Code, Group, List, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { AskError, type Failure } from '../ask.ts';
import type { ChangeDesk, Draft } from '../workloads.ts';
import { Answered, FailureNote, isQueryFault, useAnswer } from './answer.tsx';
import { HostileText } from './hostile-text.tsx';

interface PanelProps<Change> {
  readonly title: string;
  /** Where it is drafted and made. */
  readonly desk: ChangeDesk<Change>;
  readonly change: Change;
  readonly onDone: (done: readonly string[]) => void;
  readonly onCancel: () => void;
}

/** To be mounted anew for another change: an answer to the former must not stand there for it. */
export function ChangePanel<Change>({ title, desk, change, onDone, onCancel }: PanelProps<Change>) {
  const answer = useAnswer(`draft ${JSON.stringify(change)}`, () => desk.draft(change));
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Stack>
        <Title order={3} size="h5">
          {title}
        </Title>
        <Answered answer={answer}>
          {(found) => <Drafted draft={found} {...{ desk, change, onDone, onCancel }} again={answer.again} />}
        </Answered>
        {/* There is no query box here that would tell it. */}
        {answer.failure !== null && isQueryFault(answer.failure) ? (
          <FailureNote failure={answer.failure} />
        ) : null}
        {answer.failure === null ? null : (
          <Button variant="default" w="fit-content" onClick={onCancel}>
            Close
          </Button>
        )}
      </Stack>
    </Paper>
  );
}

function Drafted<Change>({
  draft: found,
  desk,
  change,
  onDone,
  onCancel,
  again,
}: Omit<PanelProps<Change>, 'title'> & { readonly draft: Draft; readonly again: () => void }) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const confirm = (): void => {
    setBusy(true);
    setFailure(null);
    desk
      .apply(change, found)
      .then(
        ({ done }) => onDone(done),
        (error: unknown) => setFailure(error instanceof AskError ? error.failure : null),
      )
      .finally(() => setBusy(false));
  };
  const { target, diff, yaml, notes, refused, managedBy, wouldBlock } = found;
  return (
    <>
      {wouldBlock === undefined || wouldBlock === null ? null : <WouldBlock {...wouldBlock} />}
      <Text size="sm">{target}</Text>
      {notes.length === 0 ? null : (
        <List size="sm">
          {notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      )}
      {managedBy.length === 0 ? null : <Text size="sm">Managed by {managedBy.join(', ')}.</Text>}
      {diff === '' ? null : <Block label="Difference" text={diff} />}
      {yaml === '' ? null : <Block label="YAML" text={yaml} />}
      {refused === '' ? null : (
        <Alert color="orange" variant="light" title="Not from here">
          <HostileText text={refused} />
        </Alert>
      )}
      {failure === null ? null : <FailureNote failure={failure} again={again} />}
      <Group>
        <Button onClick={confirm} loading={busy} disabled={refused !== ''}>
          Apply
        </Button>
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
      </Group>
    </>
  );
}

const Block = ({ label, text }: { readonly label: string; readonly text: string }) => (
  <div>
    <Text size="sm" fw={600}>
      {label}
    </Text>
    <Code block tabIndex={0} aria-label={label}>
      {text}
    </Code>
  </div>
);

function WouldBlock({ requests, denied, sources, isCut, groups, more }: NonNullable<Draft['wouldBlock']>) {
  return (
    <Stack gap="xs">
      <Text>
        In the last day Block would have refused {requests.toLocaleString()} requests from{' '}
        {sources.toLocaleString()} sources{denied === 0 ? '' : `; ${denied.toLocaleString()} were refused`}
        {isCut ? '. There are more than are looked at.' : '.'}
      </Text>
      {groups.length === 0 ? null : (
        <Table.ScrollContainer
          minWidth={600}
          scrollAreaProps={{ tabIndex: 0, 'aria-label': 'What Block refuses' }}
        >
          <Table verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                {['Requests', 'Rule', 'Where', 'Path', 'Looks like'].map((head) => (
                  <Table.Th key={head}>{head}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {groups.map(({ rule, message, target, path, requests: count, verdict }) => (
                <Table.Tr key={`${rule} ${target} ${path}`}>
                  <Table.Td>{count.toLocaleString()}</Table.Td>
                  <Table.Td>
                    <HostileText text={`${rule} ${message}`} />
                  </Table.Td>
                  <Table.Td>
                    <HostileText text={target} />
                  </Table.Td>
                  <Table.Td>
                    <HostileText text={path} />
                  </Table.Td>
                  <Table.Td>
                    <Badge
                      color={verdict === 'attack' ? 'red.9' : verdict === 'unclear' ? 'gray.7' : '#9a3412'}
                    >
                      {verdict}
                    </Badge>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {more === 0 ? null : <Text size="sm">And {more} more combinations of rule, place and path.</Text>}
    </Stack>
  );
}
