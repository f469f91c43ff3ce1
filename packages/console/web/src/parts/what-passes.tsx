/** What exclusions let pass of stored requests: attacks among it in red. */
import { Alert, Paper, Text, Title } from '@mantine/core';
import type { Effect } from '../policies.ts';
import { PassingTable } from './passing.tsx';

export function WhatPasses({
  effect,
  confined,
  days,
}: {
  readonly effect: Effect;
  readonly confined: boolean;
  readonly days: number;
}) {
  const { events, passes, requests, attacks, examples, arithmetic, isCut } = effect;
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h5" mb="xs">
        What would pass
      </Title>
      <Text role="status">
        Of {events.toLocaleString()} refused requests of the last {days} days {passes.toLocaleString()} would
        pass ({requests.toLocaleString()} with those that floods stand for), by the stored scores:{' '}
        {arithmetic}.{isCut ? ' There are more that were not looked at.' : ''}
        {confined ? ' Only those of your namespaces were looked at.' : ''}
      </Text>
      {attacks > 0 ? (
        <Alert color="red" variant="filled" title={`${attacks} of them look like attacks`} my="xs">
          An exclusion that lets attacks pass is not saved without the name of the policy, typed.
        </Alert>
      ) : (
        <Text>None of them looks like an attack.</Text>
      )}
      {examples.length === 0 ? null : <PassingTable events={examples} />}
    </Paper>
  );
}
