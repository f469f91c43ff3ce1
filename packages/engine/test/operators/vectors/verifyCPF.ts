/** Vectors of @verifyCPF. */
import type { OperatorVectors } from '../vector.ts';

const PATTERN = '\\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d{2}';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "verifyCPF"; Receita Federal: two check digits, modulo 11',
      cases: [
        [PATTERN, '529.982.247-25', ['529.982.247-25']],
        [PATTERN, '52998224725', ['52998224725']],
        [PATTERN, '111.444.777-35', ['111.444.777-35']],
        [PATTERN, 'CPF 52998224725!', ['52998224725']],
        [PATTERN, '000.000.001-91', ['000.000.001-91']],
        [PATTERN, '\x0052998224725\xff', ['52998224725']],
      ],
    },
    {
      source: 'Receita Federal: one check digit wrong, digits missing, all the same',
      cases: [
        [PATTERN, '529.982.247-24', false],
        [PATTERN, '529.982.247-35', false],
        [PATTERN, '529.982.247-52', false],
        [PATTERN, '5299822472', false],
        [PATTERN, '00000000000', false],
        [PATTERN, '11111111111', false],
        [PATTERN, '99999999999', false],
        [PATTERN, '', false],
        [PATTERN, '1', false],
        [PATTERN, '\xff\xff', false],
      ],
    },
  ],
};
