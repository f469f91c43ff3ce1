/** A question to the server, and what is shown while there is no answer. */
import { Alert, Button, Skeleton, Stack, Text } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { AskError, type Failure } from '../ask.ts';
import { useSession } from '../session.tsx';

export interface Answer<T> {
  readonly data: T | null;
  readonly failure: Failure | null;
  readonly loading: boolean;
  readonly again: () => void;
}

const UNKNOWN: Failure = {
  code: 'UNEXPECTED',
  message: 'Something unexpected happened.',
  remedy: 'Load the page anew.',
  details: {},
};

/** Asks when `key` changes, and when told to. The former answer stays until there is another. */
export function useAnswer<T>(key: string, asks: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const { lost } = useSession();
  const [round, setRound] = useState(0);
  const [state, setState] = useState<Omit<Answer<T>, 'again'>>({ data: null, failure: null, loading: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is asked
  useEffect(() => {
    const ending = new AbortController();
    setState((former) => ({ ...former, loading: true }));
    asks(ending.signal).then(
      (data) => {
        if (!ending.signal.aborted) setState({ data, failure: null, loading: false });
      },
      (error: unknown) => {
        if (ending.signal.aborted) return;
        if (error instanceof AskError && error.status === 401) return lost();
        const failure = error instanceof AskError ? error.failure : UNKNOWN;
        setState((former) => ({ data: former.data, failure, loading: false }));
      },
    );
    return () => ending.abort();
  }, [key, round]);
  return { ...state, again: () => setRound((former) => former + 1) };
}

export function FailureNote({ failure, again }: { readonly failure: Failure; readonly again?: () => void }) {
  return (
    <Alert color="red" variant="light" title={failure.code} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text
          size="sm"
          style={{ whiteSpace: 'pre-wrap', fontFamily: 'var(--mantine-font-family-monospace)' }}
        >
          {failure.message}
        </Text>
        <Text size="sm">{failure.remedy}</Text>
        {again === undefined ? null : (
          <Button size="compact-sm" variant="default" onClick={again}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Children stand in the layout as if nothing were around them. */
const CONTENTS = { display: 'contents' } as const;

/** Told under the query (query-box.tsx), and nowhere else. */
export const isQueryFault = (failure: Failure | null): boolean =>
  failure?.code === 'QUERY_SYNTAX' || failure?.code === 'QUERY_FIELD';

/** Children with the answer; before it, bars in its place. Children of a former answer are busy until there is the next. */
export function Answered<T>({
  answer,
  lines = 5,
  children,
}: {
  readonly answer: Answer<T>;
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}) {
  if (isQueryFault(answer.failure)) return null;
  if (answer.failure !== null) return <FailureNote failure={answer.failure} again={answer.again} />;
  if (answer.data !== null) {
    return (
      <div style={CONTENTS} aria-busy={answer.loading}>
        {children(answer.data)}
      </div>
    );
  }
  return (
    <Stack gap="xs" role="group" aria-busy="true" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={line} height={16} />
      ))}
    </Stack>
  );
}
