/** Values of a query, read as the type of their field demands. */
import type { FieldType } from '@sluice/spool';
import { addressBlock, canonicalAddress } from './address.ts';
import { dateMillis } from './date.ts';
import type { ComparisonOperator, QueryValue } from './tree.ts';

const WHOLE = /^[+-]?\d{1,16}$/;

export interface LiteralContext {
  readonly operator: ComparisonOperator;
  /** Milliseconds since the epoch, for `now-15m`. */
  readonly now: number;
}

export type Literal = { readonly value: QueryValue } | { readonly fault: string };

/** The value, or in words what is wrong with it. */
export function readLiteral(text: string, type: FieldType, { operator, now }: LiteralContext): Literal {
  switch (type) {
    case 'keyword':
      return { value: text };
    case 'long': {
      const number = Number(text);
      if (!WHOLE.test(text)) return { fault: 'is not a whole number' };
      // Negative zero is equal to zero and prints like it.
      return Number.isSafeInteger(number) ? { value: number + 0 } : { fault: 'is beyond ±9007199254740991' };
    }
    case 'boolean':
      if (operator !== '=') return { fault: `cannot be compared by ${operator}: it is true or false` };
      return text === 'true' || text === 'false'
        ? { value: text === 'true' }
        : { fault: 'is not true or false' };
    case 'date': {
      const millis = dateMillis(text, now);
      return millis === undefined
        ? { fault: 'is no date: write 2026-11-23, 2026-11-23T06:00:00Z or now-15m' }
        : { value: millis };
    }
    case 'ip': {
      const block = addressBlock(text);
      if (block !== undefined) {
        return operator === '='
          ? { value: block.text }
          : { fault: `is a block: ${operator} takes an address` };
      }
      const address = canonicalAddress(text);
      return address === undefined ? { fault: 'is no address and no block of them' } : { value: address };
    }
  }
}
