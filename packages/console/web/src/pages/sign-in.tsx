/** The door: name and password, or the token for the first user. */
import {
  Alert,
  Button,
  Center,
  Divider,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { AskError, ask, type Failure } from '../ask.ts';
import { FailureNote } from '../parts/answer.tsx';
import { type SessionAnswer, useSession, type Ways } from '../session.tsx';

/** Of single sign-on, which comes back as another page: what the address says is looked up here, and never shown. */
const REFUSALS: Readonly<Record<string, string>> = {
  CONSOLE_OIDC: 'Single sign-on has failed. Try again; where it stays, the log of the hub says why.',
  CONSOLE_NO_ROLE: 'You are known, and may see nothing here. Ask an admin of this console.',
  CONSOLE_CLUSTER: 'The cluster does not answer, so it is not known what you may see. Try again.',
};

export function SignIn({ bootstrap, ways }: { readonly bootstrap: boolean; readonly ways: Ways }) {
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
        <Refusal />
        <form onSubmit={submit} method="post">
          <Stack>
            <Title order={1} size="h2">
              Sluice
            </Title>
            {bootstrap ? (
              <>
                <Text size="sm">
                  There is no user yet. The hub has a token, which it has shown when it started, or written to
                  a file: with it you make the first user, an admin.
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
        {ways.oidc === null ? null : <OidcButton label={ways.oidc} />}
        {ways.token ? <TokenForm /> : null}
      </Paper>
    </Center>
  );
}

const OidcButton = ({ label }: { readonly label: string }) => (
  <>
    <Divider my="md" label="or" />
    <Button component="a" href="/api/oidc/begin" variant="default" fullWidth>
      Sign in with {label}
    </Button>
  </>
);

function Refusal() {
  const code = new URLSearchParams(window.location.search).get('refused') ?? '';
  const text = Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
  if (text === undefined) return null;
  return (
    <Alert color="red" variant="light" mb="md" title={code} role="alert">
      {text}
    </Alert>
  );
}

function TokenForm() {
  const { take } = useSession();
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const body = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    setFailure(null);
    ask<SessionAnswer>('/api/session/token', { method: 'POST', body })
      .then(take, (error: unknown) => setFailure(error instanceof AskError ? error.failure : null))
      .finally(() => setBusy(false));
  };
  return (
    <form onSubmit={submit} method="post">
      <Divider my="md" label="or" />
      <Stack>
        <PasswordInput
          name="token"
          label="Token of the cluster"
          description="kubectl create token NAME -n NAMESPACE. It is kept as long as you are signed in, and nowhere written."
          required
          autoComplete="off"
        />
        <Button type="submit" variant="default" loading={busy}>
          Sign in with the token
        </Button>
        {failure === null ? null : <FailureNote failure={failure} />}
      </Stack>
    </form>
  );
}
