/** Vectors of @verifyCC. */
import type { OperatorVectors } from '../vector.ts';

/** As the manual's example: digits that stand alone. */
const PATTERN = '\\b\\d{13,16}\\b';
const ANYWHERE = '\\d{13,16}';
const SPACED = '\\d{4}[- ]?\\d{4}[- ]?\\d{4}[- ]?\\d{4}';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "verifyCC"; ISO/IEC 7812-1 Annex B (Luhn) on published test numbers',
      cases: [
        [PATTERN, '4111111111111111', ['4111111111111111']],
        [PATTERN, '4012888888881881', ['4012888888881881']],
        [PATTERN, '5555555555554444', ['5555555555554444']],
        [PATTERN, '378282246310005', ['378282246310005']],
        [PATTERN, '30569309025904', ['30569309025904']],
        [PATTERN, '4222222222222', ['4222222222222']],
        [PATTERN, 'card 4111111111111111.', ['4111111111111111']],
        [SPACED, '4111-1111-1111-1111', ['4111-1111-1111-1111']],
        [SPACED, 'x 4111 1111 1111 1111', ['4111 1111 1111 1111']],
        [PATTERN, '\x004111111111111111\xff', ['4111111111111111']],
      ],
    },
    {
      source: 'ISO/IEC 7812-1 Annex B: one digit off, two neighbours swapped',
      cases: [
        [PATTERN, '4111111111111112', false],
        [PATTERN, '4012888888881882', false],
        [PATTERN, '4102888888881881', false],
        [PATTERN, '1111111111111111', false],
        [PATTERN, '', false],
        [PATTERN, '4', false],
        [PATTERN, '411111111111111', false],
        [PATTERN, 'no number', false],
        [PATTERN, '\xb4111111111111111', false],
      ],
    },
    {
      source: 'ModSecurity 2: the search goes on behind what fails; zeros pass the sum',
      cases: [
        [PATTERN, '0000000000000000', ['0000000000000000']],
        [PATTERN, '1234567890123456 4111111111111111', ['4111111111111111']],
        [PATTERN, '4111111111111112 4102888888881881', false],
        [ANYWHERE, '4111111111111112', ['1111111111112']],
        [ANYWHERE, '14012888888881881', ['4012888888881881']],
        [ANYWHERE, '4102888888881881', ['02888888881881']],
        [`(?:^|[^\\d])(?<!pub-)\\d{13,16}(?:[^\\d]|$)`, '4102888888881881', false],
        [`^\\d{13,16}`, '4102888888881881', false],
        [PATTERN, `${'1'.repeat(70)} 4012888888881881`, ['4012888888881881']],
        [PATTERN, `${'x'.repeat(70_000)}4111111111111111`, false],
        [ANYWHERE, `${'x'.repeat(70_000)}4111111111111111`, ['4111111111111111']],
      ],
    },
  ],
};
