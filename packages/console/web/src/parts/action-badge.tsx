/** What became of a request, in a word and a colour. */
import { Badge } from '@mantine/core';
import { at, textAt } from '../documents.ts';

export type Fate = 'blocked' | 'would block' | 'not inspected' | 'allowed';

const COLORS: Readonly<Record<Fate, string>> = {
  blocked: 'red.9',
  'would block': '#a33b00',
  'not inspected': 'grape.9',
  allowed: 'gray.7',
};

export function fateOf(document: unknown): Fate {
  const types = at(document, 'event.type');
  if (Array.isArray(types) && types.includes('denied')) return 'blocked';
  if (at(document, 'waf.would_block') === true) return 'would block';
  return textAt(document, 'event.action') === 'uninspectable' ? 'not inspected' : 'allowed';
}

export function ActionBadge({ document }: { readonly document: unknown }) {
  const fate = fateOf(document);
  return (
    <Badge
      color={COLORS[fate]}
      variant="filled"
      radius="sm"
      style={{ textTransform: 'none', minWidth: 'max-content' }}
    >
      {fate}
    </Badge>
  );
}
