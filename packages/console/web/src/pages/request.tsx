/** The events of a request, by the id that its client has seen on the block page: one opens by itself. */
import { Stack, Text, Title } from '@mantine/core';
import { Redirect } from 'wouter';
import { search } from '../documents.ts';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { useSearchParams } from '../parts/search-params.ts';
import { condition } from '../query-text.ts';
import { EventTable } from './events.tsx';

const EVENTS_MAX = 50;
/** Clocks of nodes may be ahead. */
const AHEAD_MILLIS = 86_400_000;

export const requestLink = (id: string): string => `/request?${new URLSearchParams({ id })}`;

export function RequestPage() {
  const [params] = useSearchParams();
  const id = params.get('id') ?? '';
  const answer = useAnswer(`request ${id}`, (signal) => {
    const query = condition('http.request.id', id);
    const to = Date.now() + AHEAD_MILLIS;
    return search({ dataSet: 'waf', query, from: 0, to, size: EVENTS_MAX }, signal);
  });
  return (
    <Stack>
      <Title order={2}>Request</Title>
      <HostileText text={id} />
      <Answered answer={answer} lines={6}>
        {({ documents }) => {
          const [only] = documents;
          if (only === undefined) return <Text>There is no event of a request of this id.</Text>;
          if (documents.length > 1) return <EventTable documents={documents} />;
          return <Redirect to={`/events/waf/${encodeURIComponent(only.id)}`} replace />;
        }}
      </Answered>
    </Stack>
  );
}
