/** Policies of the file that the hub knows, and which one a request has, with where each value comes from. */
import {
  Badge,
  Button,
  Group,
  NumberInput,
  Paper,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { useAct } from '../parts/act.ts';
import { Answered, FailureNote, useAnswer } from '../parts/answer.tsx';
import { Heads } from '../parts/heads.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { type ExplainedPolicy, explainPolicy, listPolicies } from '../policies.ts';

export function Policies() {
  const answer = useAnswer('policies', listPolicies);
  const { busy, failure, run } = useAct();
  const [found, setFound] = useState<ExplainedPolicy | null>(null);
  const explain = (asked: Readonly<Record<string, unknown>>): void => run(explainPolicy(asked), setFound);
  return (
    <Answered answer={answer}>
      {({ file, policies }) =>
        file === null ? (
          <Text>
            The hub does not know the policies: console.policies in hub.yaml names their sluice.yaml. In a
            cluster, sluice status and sluice explain tell them.
          </Text>
        ) : (
          <Stack>
            <Text c="dimmed">
              Of <HostileText text={file} />
            </Text>
            <Table maw={900}>
              <Heads of={['Policy', 'Mode', 'Paranoia', 'Thresholds', 'Exclusions', '']} />
              <Table.Tbody>
                {policies.map(({ name, mode, staged, paranoia, thresholds, exclusions }) => (
                  <Table.Tr key={name}>
                    <Table.Td>
                      <HostileText text={name} />
                    </Table.Td>
                    <Table.Td>
                      {mode}
                      {staged === null
                        ? ''
                        : `, Block at ${staged.paths.join(', ') || 'no path'} and for ${staged.percent} %`}
                    </Table.Td>
                    <Table.Td>{paranoia}</Table.Td>
                    <Table.Td>
                      {thresholds.inbound} in, {thresholds.outbound} out
                    </Table.Td>
                    <Table.Td>{exclusions}</Table.Td>
                    <Table.Td ta="right">
                      <Button size="compact-sm" variant="default" onClick={() => explain({ policy: name })}>
                        Explain {name}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            <Ask busy={busy} explain={explain} />
            {failure === null ? null : <FailureNote failure={failure} />}
            {found === null ? null : <Explained found={found} />}
          </Stack>
        )
      }
    </Answered>
  );
}

interface AskProps {
  readonly busy: boolean;
  readonly explain: (asked: Readonly<Record<string, unknown>>) => void;
}

function Ask({ busy, explain }: AskProps) {
  const [port, setPort] = useState(0);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget));
    const { address, host, path, client, route } = fields;
    explain({ address, host, path: path === '' ? '/' : path, client, route, port });
  };
  return (
    <Paper withBorder p="sm" maw={900}>
      <form onSubmit={submit} method="post">
        <Stack>
          <Title order={3} size="h5">
            Which policy does a request have?
          </Title>
          <Group grow align="flex-start">
            <TextInput name="address" label="To the address" placeholder="10.0.12.4" />
            <NumberInput
              label="Port"
              min={0}
              max={65_535}
              value={port}
              onChange={(value) => setPort(Number(value) || 0)}
            />
            <TextInput name="route" label="Route" />
          </Group>
          <Group grow align="flex-start">
            <TextInput name="host" label="Host" />
            <TextInput name="path" label="Path" placeholder="/" />
            <TextInput name="client" label="Client's address" />
          </Group>
          <Button type="submit" loading={busy} w="fit-content">
            Explain
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}

function Explained({ found }: { readonly found: ExplainedPolicy }) {
  const { policy, because, client, settings } = found;
  return (
    <Paper withBorder p="sm" maw={900} role="region" aria-label="Explanation">
      <Title order={3} size="h5" mb="xs">
        Policy <HostileText text={policy} inherit />
      </Title>
      {because.map(({ reason, place }) => (
        <Text key={reason}>
          <HostileText text={reason} /> <HostileText text={place ?? ''} c="dimmed" />
        </Text>
      ))}
      {client === 'unknown' ? null : <Text>The client is {client}.</Text>}
      <Table mt="xs" verticalSpacing={2}>
        <Heads of={['Setting', 'Value', 'From']} />
        <Table.Tbody>
          {settings.map(({ name, value, from, place }) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>
                <HostileText text={valueText(value)} />
              </Table.Td>
              <Table.Td>
                {from === 'stricter' ? <Badge color="#a33b00">stricter</Badge> : null}{' '}
                <HostileText text={place ?? 'default'} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function valueText(value: unknown): string {
  if (value === null) return 'as the rules say';
  if (typeof value === 'object' && Object.keys(value).length === 0) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
