/** What became of a request, in a word, as tables and stories have it. */
import type { Document } from '@sluice/spool';
import type { Style } from '../inspect/render-value.ts';
import { isTrueAt, numberAt, textAt, textsAt } from './document.ts';

export type Outcome =
  | 'blocked'
  | 'would block'
  /** Not inspected to its end, and let pass. */
  | 'cut short'
  | 'allowed'
  /** Stands for many events of a flood. */
  | 'flood';

export function outcomeOf(document: Document): Outcome {
  if (numberAt(document, 'waf.flood.count') !== null) return 'flood';
  if (textsAt(document, 'event.type').includes('denied')) return 'blocked';
  if (isTrueAt(document, 'waf.would_block')) return 'would block';
  return textAt(document, 'event.outcome') === 'failure' ? 'cut short' : 'allowed';
}

const COLOURS: Readonly<Record<Outcome, 'red' | 'yellow' | 'green'>> = {
  blocked: 'red',
  'would block': 'yellow',
  'cut short': 'yellow',
  allowed: 'green',
  flood: 'yellow',
};

export const paintOutcome = (outcome: Outcome, text: string, style: Style): string =>
  style[COLOURS[outcome]](text);
