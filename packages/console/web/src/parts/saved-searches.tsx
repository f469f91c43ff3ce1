/** Searches under a name: one's own, and those that others share. To save, open, rename, share and remove them. */
import {
  Anchor,
  Badge,
  Button,
  Checkbox,
  Group,
  Paper,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type RefObject, type SyntheticEvent, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import {
  changeSearch,
  listSearches,
  removeSearch,
  type SearchDraft,
  type SearchesAnswer,
  type SearchTime,
  type ShownSearch,
  saveSearch,
} from '../searches.ts';
import { type User, useUser } from '../session.tsx';
import { useAct } from './act.ts';
import { Answered, FailureNote, useAnswer } from './answer.tsx';
import { Heads } from './heads.tsx';
import { HostileText, visible } from './hostile-text.tsx';
import type { Place } from './place.ts';
import { SPANS, timeText } from './time.tsx';

/** @param says once it is done */
type Run = (asked: Promise<SearchesAnswer>, says: string, done?: () => void) => void;

export function SavedSearches({ place, id }: { readonly place: Place; readonly id: string }) {
  const answer = useAnswer('searches', listSearches);
  const { busy, failure, run } = useAct();
  const [notice, setNotice] = useState('');
  const section = useRef<HTMLElement>(null);
  const change: Run = (asked, says, done) => {
    setNotice('');
    run(asked, () => {
      setNotice(says);
      done?.();
      answer.again();
    });
  };
  return (
    <Paper
      withBorder
      p="sm"
      component="section"
      id={id}
      aria-label="Saved searches"
      ref={section}
      tabIndex={-1}
    >
      <Stack>
        <Title order={3} size="h5">
          Saved searches
        </Title>
        <NewSearch place={place} busy={busy} run={change} />
        {failure === null ? null : <FailureNote failure={failure} />}
        <Text role="status" size="sm">
          {notice}
        </Text>
        <Answered answer={answer}>
          {({ searches }) =>
            searches.length === 0 ? (
              <Text c="dimmed">There is none yet.</Text>
            ) : (
              <Table.ScrollContainer
                minWidth={700}
                scrollAreaProps={{ tabIndex: 0, 'aria-label': 'Searches' }}
              >
                <Table verticalSpacing={6}>
                  <Heads of={['Name', 'Query', 'Time', 'Whose', '']} />
                  <Table.Tbody>
                    {searches.map((search) => (
                      <Row
                        key={search.id}
                        search={search}
                        busy={busy}
                        run={change}
                        gone={() => section.current?.focus()}
                      />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )
          }
        </Answered>
      </Stack>
    </Paper>
  );
}

const shownTime = (time: SearchTime): string => {
  if ('from' in time) return `${timeText(time.from)} – ${timeText(time.to)}`;
  const known = SPANS.find(({ value }) => value === String(time.span));
  return known?.label ?? `Last ${Math.round(time.span / 60_000)} minutes`;
};

const timeOf = ({ range: { span, from, to } }: Place): SearchTime =>
  span === null ? { from, to } : { span };

/** Those who see all that the one who shares does. */
const audienceOf = ({ namespaces }: User): string =>
  namespaces === null ? 'everybody' : `who sees ${namespaces.join(', ')}`;

function NewSearch({
  place,
  busy,
  run,
}: {
  readonly place: Place;
  readonly busy: boolean;
  readonly run: Run;
}) {
  const user = useUser();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    run(
      saveSearch({ name, query: place.query, time: timeOf(place), shared }),
      `Saved ${visible(name)}.`,
      () => setName(''),
    );
  };
  return (
    <form onSubmit={submit} method="post">
      <Group align="flex-end">
        <TextInput
          label="Name of this search"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={100}
          autoComplete="off"
          w={300}
        />
        {user.role === 'viewer' ? null : (
          <Checkbox
            label={`Share with ${audienceOf(user)}`}
            checked={shared}
            onChange={(event) => setShared(event.currentTarget.checked)}
            mb={8}
          />
        )}
        <Button type="submit" loading={busy}>
          Save
        </Button>
      </Group>
      <Text size="sm" c="dimmed" mt={4}>
        {place.query === '' ? 'All events' : <HostileText text={place.query} lineClamp={2} />},{' '}
        {shownTime(timeOf(place))}
      </Text>
    </form>
  );
}

const linkOf = ({ query, time }: ShownSearch): string => {
  const named = Object.entries({ q: query, ...time }).filter(([, value]) => value !== '');
  return `/events?${new URLSearchParams(named.map(([name, value]) => [name, String(value)]))}`;
};

const draftOf = ({ name, query, time, shared }: ShownSearch): SearchDraft => ({ name, query, time, shared });

interface RowProps {
  readonly search: ShownSearch;
  readonly busy: boolean;
  readonly run: Run;
  /** Once it is removed: what was pressed is there no more. */
  readonly gone: () => void;
}

function Row({ search, ...rest }: RowProps) {
  const { query, time, owner, shared } = search;
  const [renaming, setRenaming] = useState(false);
  const back = useRef(false);
  const close = (): void => {
    back.current = true;
    setRenaming(false);
  };
  return (
    <Table.Tr>
      <Table.Td>
        {renaming ? (
          <Rename search={search} run={rest.run} close={close} />
        ) : (
          <Anchor component={Link} href={linkOf(search)}>
            <HostileText text={search.name} />
          </Anchor>
        )}
      </Table.Td>
      <Table.Td>{query === '' ? 'All events' : <HostileText text={query} lineClamp={2} />}</Table.Td>
      <Table.Td>{shownTime(time)}</Table.Td>
      <Table.Td>
        <Group gap="xs">
          {owner === '' ? 'nobody' : <HostileText text={owner} />}
          {shared ? <Badge color="gray.7">shared</Badge> : null}
        </Group>
      </Table.Td>
      <Table.Td ta="right">
        {search.mayChange && !renaming ? (
          <Actions search={search} {...rest} rename={() => setRenaming(true)} back={back} />
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

function Rename({ search, run, close }: Pick<RowProps, 'search' | 'run'> & { readonly close: () => void }) {
  const [name, setName] = useState(search.name);
  const input = useRef<HTMLInputElement>(null);
  // What was pressed is gone: the next key belongs to this field.
  useEffect(() => input.current?.select(), []);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    run(changeSearch(search.id, { ...draftOf(search), name }), `Renamed ${visible(name)}.`, close);
  };
  return (
    <form onSubmit={submit} method="post">
      <Group gap="xs" wrap="nowrap">
        <TextInput
          aria-label={`New name of ${visible(search.name)}`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && close()}
          ref={input}
          required
          maxLength={100}
          autoComplete="off"
        />
        <Button type="submit" size="compact-sm">
          Rename
        </Button>
        <Button size="compact-sm" variant="default" onClick={close}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}

interface ActionsProps extends RowProps {
  readonly rename: () => void;
  /** Whether the focus comes back here from the new name. */
  readonly back: RefObject<boolean>;
}

function Actions({ search, busy, run, gone, rename, back }: ActionsProps) {
  const user = useUser();
  const [sure, setSure] = useState(false);
  const { id, shared } = search;
  const name = visible(search.name);
  const share = (): void =>
    run(
      changeSearch(id, { ...draftOf(search), shared: !shared }),
      shared ? `${name} is shared no more.` : `${name} is shared.`,
    );
  const returned = (button: HTMLButtonElement | null): void => {
    if (!back.current || button === null) return;
    back.current = false;
    button.focus();
  };
  return (
    <Group gap="xs" justify="flex-end">
      <Button
        size="compact-sm"
        variant="default"
        onClick={rename}
        aria-label={`Rename ${name}`}
        ref={returned}
      >
        Rename
      </Button>
      {user.role === 'viewer' ? null : (
        <Button
          size="compact-sm"
          variant="default"
          onClick={share}
          loading={busy}
          aria-label={`${shared ? 'Share no more' : 'Share'} ${name}`}
        >
          {shared ? 'Share no more' : 'Share'}
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => setSure(!sure)}
        aria-label={`${sure ? 'Keep' : 'Remove'} ${name}`}
      >
        {sure ? 'Keep' : 'Remove…'}
      </Button>
      {sure ? (
        <Button
          size="compact-sm"
          color="red.9"
          loading={busy}
          onClick={() => run(removeSearch(id), `Removed ${name}.`, gone)}
          aria-label={`Remove ${name} for good`}
        >
          Remove
        </Button>
      ) : null}
    </Group>
  );
}
