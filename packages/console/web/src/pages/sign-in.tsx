/** The door: name and password, or the token for the first user. */
import { Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { AskError, ask, type Failure } from '../ask.ts';
import { FailureNote } from '../parts/answer.tsx';
import { type SessionAnswer, useSession } from '../session.tsx';

export function SignIn({ bootstrap }: { readonly bootstrap: boolean }) {
  const { take } = useSession();
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    setFailure(null);
    ask<SessionAnswer>(bootstrap ? '/api/bootstrap' : '/api/session', { method: 'POST', body: given })
      .then(
        (answer) => {
          window.history.replaceState(null, '', window.location.pathname);
          take(answer);
        },
        (error: unknown) => setFailure(error instanceof AskError ? error.failure : null),
      )
      .finally(() => setBusy(false));
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w={380} maw="100%">
        <form onSubmit={submit} method="post">
          <Stack>
            <Title order={1} size="h2">
              Sluice
            </Title>
            {bootstrap ? (
              <>
                <Text size="sm">
                  There is no user yet. The hub has printed a token when it started: with it you make the
                  first user, an admin.
                </Text>
                <PasswordInput
                  name="token"
                  label="Token"
                  required
                  autoComplete="off"
                  // Behind the # of the address that was printed: it never leaves the browser but with this form.
                  defaultValue={window.location.hash.slice(1)}
                />
              </>
            ) : null}
            <TextInput name="name" label="Name" required autoComplete="username" autoFocus={!bootstrap} />
            <PasswordInput
              name="password"
              label="Password"
              description={bootstrap ? 'At least 12 characters' : undefined}
              required
              autoComplete={bootstrap ? 'new-password' : 'current-password'}
            />
            <Button type="submit" loading={busy}>
              {bootstrap ? 'Make the first user' : 'Sign in'}
            </Button>
            {failure === null ? null : <FailureNote failure={failure} />}
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
