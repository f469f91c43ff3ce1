/** One's own password. */
import { Alert, Button, PasswordInput, Stack, Title } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { AskError, ask, type Failure } from '../ask.ts';
import { FailureNote } from '../parts/answer.tsx';
import { type SessionAnswer, useSession } from '../session.tsx';

export function Account() {
  const { take } = useSession();
  const [failure, setFailure] = useState<Failure | null>(null);
  const [done, setDone] = useState(false);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    setFailure(null);
    setDone(false);
    ask<SessionAnswer>('/api/password', { method: 'PUT', body: Object.fromEntries(new FormData(form)) }).then(
      (answer) => {
        take(answer);
        setDone(true);
        form.reset();
      },
      (error: unknown) => setFailure(error instanceof AskError ? error.failure : null),
    );
  };
  return (
    <form onSubmit={submit} method="post">
      <Stack maw={380}>
        <Title order={2}>Password</Title>
        <PasswordInput name="current" label="Password now" required autoComplete="current-password" />
        <PasswordInput
          name="next"
          label="New password"
          description="At least 12 characters"
          required
          autoComplete="new-password"
        />
        <Button type="submit">Change it</Button>
        {done ? <Alert color="teal">It is changed. Other sessions of yours have ended.</Alert> : null}
        {failure === null ? null : <FailureNote failure={failure} />}
      </Stack>
    </form>
  );
}
