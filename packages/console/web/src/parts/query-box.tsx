/** The query of a page, with completion of fields and the place of an error under it. */
import { Autocomplete, Box, Button, Group, Text } from '@mantine/core';
import { type SyntheticEvent, useEffect, useState } from 'react';
import type { Failure } from '../ask.ts';
import { isQueryFault } from './answer.tsx';

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

const LAST_WORD = /[A-Za-z_.]+$/;

interface QueryBoxProps {
  readonly query: string;
  readonly failure: Failure | null;
  readonly fields?: readonly string[];
  readonly onSubmit: (query: string) => void;
}

/** Every field whose name has the word that is being written, in its place. */
function completions(text: string, fields: readonly string[]): string[] {
  const word = LAST_WORD.exec(text)?.[0] ?? '';
  const before = text.slice(0, text.length - word.length);
  if (/["'=<>]\s*$/.test(before)) return [];
  return fields.filter((field) => field.includes(word) && field !== word).map((field) => before + field);
}

export function QueryBox({ query, failure, fields = FIELDS, onSubmit }: QueryBoxProps) {
  const [text, setText] = useState(query);
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
          data={completions(text, fields)}
          filter={({ options }) => options}
          limit={8}
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
