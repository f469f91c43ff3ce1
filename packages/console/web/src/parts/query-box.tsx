/** The query of a page, with completion of fields, operators and values, and the place of an error under it. */
import { Autocomplete, Box, Button, Group, Text } from '@mantine/core';
import { type SyntheticEvent, useEffect, useMemo, useState } from 'react';
import type { Failure } from '../ask.ts';
import { completionsOf, writtenAtEnd } from '../completion.ts';
import { isQueryFault } from './answer.tsx';
import { HostileText } from './hostile-text.tsx';
import { type Seen, useSeenValues } from './seen-values.ts';

/** Fields that people ask for; the language knows all of docs/events.md. */
const FIELDS = [
  'event.action',
  'http.request.id',
  'http.request.method',
  'http.response.status_code',
  'rule.id',
  'rule_info',
  'source.ip',
  'url.domain',
  'url.original',
  'url.path',
  'user_agent.original',
  'waf.cause',
  'waf.destination.namespace',
  'waf.destination.owner',
  'waf.destination.pod',
  'waf.destination.service',
  'waf.latency_us',
  'waf.mode',
  'waf.policy',
  'waf.rules.id',
  'waf.rules.severity',
  'waf.rules.tags',
  'waf.source.namespace',
  'waf.source.owner',
  'waf.source.pod',
  'waf.would_block',
];

interface QueryBoxProps {
  readonly query: string;
  readonly failure: Failure | null;
  readonly fields?: readonly string[];
  /** Where values are looked for. */
  readonly seen: Seen;
  readonly onSubmit: (query: string) => void;
}

export function QueryBox({ query, failure, fields = FIELDS, seen, onSubmit }: QueryBoxProps) {
  const [text, setText] = useState(query);
  const [isFocused, setFocused] = useState(false);
  const written = useMemo(() => (isFocused ? writtenAtEnd(text) : null), [isFocused, text]);
  const values = useSeenValues(written, seen);
  const completions = written === null ? [] : completionsOf(written, fields, values);
  const shown = new Map(completions.map((each) => [each.text, each.shown]));
  useEffect(() => setText(query), [query]);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSubmit(text);
  };
  const syntax = isQueryFault(failure) ? failure : null;
  return (
    <Box component="form" onSubmit={submit} method="post" flex={1} miw={260}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <Autocomplete
          aria-label="Query"
          flex={1}
          value={text}
          onChange={setText}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          data={[...shown.keys()]}
          filter={({ options }) => options}
          renderOption={({ option }) => (
            <HostileText text={shown.get(option.value) ?? option.value} lineClamp={1} />
          )}
          placeholder='waf.would_block = true AND url.path IN {"/shop/*"}'
          error={syntax === null ? undefined : true}
          aria-describedby={syntax === null ? undefined : 'query-error'}
          spellCheck={false}
          autoComplete="off"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <Button type="submit">Search</Button>
      </Group>
      {syntax === null ? null : (
        <Text
          id="query-error"
          role="alert"
          component="pre"
          size="sm"
          m={0}
          mt={4}
          c="var(--mantine-color-error)"
          ff="monospace"
          style={{ overflowX: 'auto' }}
        >
          {syntax.message}
        </Text>
      )}
    </Box>
  );
}
