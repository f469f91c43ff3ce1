/** Users: who may sign in, with which role, for which namespaces. */
import {
  Button,
  Group,
  Paper,
  PasswordInput,
  Select,
  Stack,
  Table,
  TagsInput,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { AskError, ask, type Failure } from '../ask.ts';
import { Answered, FailureNote, useAnswer } from '../parts/answer.tsx';
import { Heads } from '../parts/heads.tsx';
import { type Role, type User, useUser } from '../session.tsx';

type Local = Omit<User, 'source'>;

interface UsersAnswer {
  readonly users: readonly Local[];
}

const ROLES = [
  { value: 'viewer', label: 'viewer: sees' },
  { value: 'operator', label: 'operator: acts' },
  { value: 'admin', label: 'admin: users, too' },
];

export function Users() {
  const me = useUser();
  const answer = useAnswer('users', (signal) => ask<UsersAnswer>('/api/users', { signal }));
  const [failure, setFailure] = useState<Failure | null>(null);
  const change = (asked: Promise<unknown>): void => {
    setFailure(null);
    asked.then(answer.again, (error: unknown) =>
      setFailure(error instanceof AskError ? error.failure : null),
    );
  };
  const remove = ({ name }: Local): void => {
    if (!window.confirm(`Remove ${name}? Their sessions end at once.`)) return;
    change(ask(`/api/users/${encodeURIComponent(name)}`, { method: 'DELETE' }));
  };
  return (
    <Stack>
      <Title order={2}>Users</Title>
      {failure === null ? null : <FailureNote failure={failure} />}
      <Answered answer={answer}>
        {({ users }) => (
          <Table maw={800}>
            <Heads of={['Name', 'Role', 'Namespaces', '']} />
            <Table.Tbody>
              {users.map((user) => (
                <Table.Tr key={user.name}>
                  <Table.Td>{user.name}</Table.Td>
                  <Table.Td>{user.role}</Table.Td>
                  <Table.Td>{user.namespaces === null ? 'all' : user.namespaces.join(', ')}</Table.Td>
                  <Table.Td ta="right">
                    <Button
                      size="compact-sm"
                      variant="default"
                      disabled={user.name === me.name}
                      onClick={() => remove(user)}
                    >
                      Remove
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Answered>
      <NewUser
        onPut={(name, body) => change(ask(`/api/users/${encodeURIComponent(name)}`, { method: 'PUT', body }))}
      />
    </Stack>
  );
}

interface UserBody {
  readonly role: Role;
  readonly namespaces: readonly string[] | null;
  readonly password?: string;
}

function NewUser({ onPut }: { readonly onPut: (name: string, body: UserBody) => void }) {
  const [role, setRole] = useState<Role>('viewer');
  const [namespaces, setNamespaces] = useState<string[]>([]);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { name, password } = Object.fromEntries(new FormData(event.currentTarget));
    onPut(String(name), {
      role,
      namespaces: namespaces.length === 0 ? null : namespaces,
      ...(password === '' ? {} : { password: String(password) }),
    });
    event.currentTarget.reset();
  };
  return (
    <Paper withBorder p="md" maw={800}>
      <form onSubmit={submit} method="post">
        <Stack>
          <Title order={3} size="h5">
            A new user, or another role or password of one
          </Title>
          <Group grow align="flex-start">
            <TextInput name="name" label="Name" required autoComplete="off" />
            <Select
              label="Role"
              data={ROLES}
              value={role}
              allowDeselect={false}
              onChange={(value) => setRole(value as Role)}
            />
          </Group>
          <Group grow align="flex-start">
            <TagsInput
              label="Namespaces"
              description="None: all of them"
              value={namespaces}
              onChange={setNamespaces}
            />
            <PasswordInput
              name="password"
              label="Password"
              description="At least 12 characters"
              autoComplete="new-password"
            />
          </Group>
          <Text size="sm" c="dimmed">
            Whose password changes is signed out everywhere.
          </Text>
          <Button type="submit" w="fit-content">
            Save
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}
