/** Vectors of @verifySSN. */
import type { OperatorVectors } from '../vector.ts';

const PATTERN = '\\d{3}-?\\d{2}-?\\d{4}';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "verifySSN"; US Social Security Administration: area, group, serial',
      cases: [
        [PATTERN, '078-05-1120', ['078-05-1120']],
        [PATTERN, '219099999', ['219099999']],
        [PATTERN, '001-01-0001', ['001-01-0001']],
        [PATTERN, '739-01-0001', ['739-01-0001']],
        [PATTERN, '665-99-9999', ['665-99-9999']],
        [PATTERN, '667-01-0001', ['667-01-0001']],
        [PATTERN, 'SSN: 078-05-1120.', ['078-05-1120']],
        [PATTERN, '\x00078051120', ['078051120']],
      ],
    },
    {
      source: 'Social Security Administration: no area 000, 666 or from 740 on, no group 00, no serial 0000',
      cases: [
        [PATTERN, '000-12-3456', false],
        [PATTERN, '666-12-3456', false],
        [PATTERN, '740-12-3456', false],
        [PATTERN, '900-12-3456', false],
        [PATTERN, '078-00-1120', false],
        [PATTERN, '078-05-0000', false],
        [PATTERN, '078-05-112', false],
        [PATTERN, '', false],
        [PATTERN, '\xff', false],
      ],
    },
    {
      source: 'ModSecurity 2: neither one digit throughout nor digits that count up',
      cases: [
        [PATTERN, '111111111', false],
        [PATTERN, '555-55-5555', false],
        [PATTERN, '123456789', false],
        [PATTERN, '012345678', false],
        [PATTERN, '123456788', ['123456788']],
      ],
    },
  ],
};
