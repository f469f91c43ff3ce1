/** docs/query.md says what is so: its event, its queries, its errors and its limits. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError, matches, parseQuery, schemaOf } from '@sluice/hub';
import { DATA_SETS, type Json } from '@sluice/spool';
import { describe, expect, it } from 'vitest';
import * as limits from '../packages/hub/src/query/limits.ts';
import { layoutOf } from '../packages/hub/src/store/sqlite/layout.ts';
import { READ_MILLIS_MAX } from '../packages/hub/src/store/sqlite/limits.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/query.md'), 'utf8');
const event = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '') as Json;
const rows = [...page.matchAll(/^\| `(.+)` \| (matches|does not) \|$/gm)].map(
  ([, query = '', answer = '']) => ({ query, answer }),
);
const errors = [...page.matchAll(/```error (.+)\n([\s\S]*?)\n```/g)].map(([, query = '', text = '']) => ({
  query,
  text,
}));

describe('docs/query.md', () => {
  it('has examples', () => {
    expect(rows.length).toBeGreaterThan(10);
    expect(errors).toHaveLength(2);
  });

  it.each(rows)('$query: the event $answer', ({ query, answer }) => {
    expect(matches(parseQuery(query, schemaOf('waf')), event)).toBe(answer === 'matches');
  });

  it.each(errors)('shows the error of $query', ({ query, text }) => {
    try {
      parseQuery(query, schemaOf('waf'));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(HubError);
      expect((error as HubError).message).toBe(`${text} [QUERY_SYNTAX]`);
    }
  });

  it('means by its aside what the rule of several values says', () => {
    expect(matches(parseQuery('waf.rules.id = 942100 AND waf.rules.score = 0', schemaOf('waf')), event)).toBe(
      true,
    );
  });

  it('names every field that the index of terms has', () => {
    const fast = page.slice(
      page.indexOf('**What singles a few out**'),
      page.indexOf('**What columns hold**'),
    );
    const paths = DATA_SETS.flatMap((dataSet) => [...layoutOf(dataSet).terms.keys()]);
    for (const path of paths) expect(fast).toContain(`\`${path}\``);
  });

  it('has the limits as they are', () => {
    const section = page
      .slice(page.indexOf('## Limits'), page.indexOf('## What is fast'))
      .replaceAll('\n', ' ');
    expect(section).toContain(`${limits.QUERY_CHARACTERS_MAX.toLocaleString('en')} characters;`);
    expect(section).toContain(`${limits.QUERY_CONDITIONS_MAX.toLocaleString('en')} comparisons and patterns`);
    expect(section).toContain(`${limits.QUERY_DEPTH_MAX} deep`);
    expect(section).toContain(`${limits.PATTERN_WILDCARDS_MAX} wildcards`);
    expect(section).toContain(`${limits.VALUE_CHARACTERS_MAX.toLocaleString('en')} characters in a value`);
    expect(section).toContain(`${READ_MILLIS_MAX / 1_000} s`);
  });
});
