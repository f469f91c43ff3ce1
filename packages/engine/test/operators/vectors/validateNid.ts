/** Vectors of @validateNid. */
import type { OperatorVectors } from '../vector.ts';

const RUT = 'cl \\d{1,2}\\.?\\d{3}\\.?\\d{3}-?[\\dkK]';
const SSN = 'us \\d{3}-?\\d{2}-?\\d{4}';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source:
        'Servicio de Registro Civil (Chile): the RUT\'s last character checks the others, modulo 11, "K" is ten',
      cases: [
        [RUT, '12.345.678-5', ['12.345.678-5']],
        [RUT, '12345678-5', ['12345678-5']],
        [RUT, '123456785', ['123456785']],
        [RUT, '30.686.957-4', ['30.686.957-4']],
        [RUT, '11.111.111-1', ['11.111.111-1']],
        [RUT, '10.000.013-K', ['10.000.013-K']],
        [RUT, '10000013k', ['10000013k']],
        [RUT, '12.345.678-4', false],
        [RUT, '12.345.678-K', false],
        [RUT, '12.345.687-5', false],
      ],
    },
    {
      source:
        'Coraza, "validateNid": searched anywhere; the first match of the pattern that passes is captured',
      cases: [
        [RUT, 'RUT 12.345.678-5.', ['12.345.678-5']],
        [RUT, '12.345.678-4 12.345.678-5', ['12.345.678-5']],
        [RUT, '\x0012345678-5\xff', ['12345678-5']],
        [RUT, '', false],
        [RUT, '\xff', false],
        ['cl \\d+', '1234567', false],
      ],
    },
    {
      source: 'US Social Security Administration, as verifySSN has it',
      cases: [
        [SSN, '078-05-1120', ['078-05-1120']],
        [SSN, 'SSN: 219099999', ['219099999']],
        [SSN, '000-12-3456', false],
        [SSN, '078-00-1120', false],
        [SSN, '', false],
      ],
    },
  ],
  refused: ['', 'cl', 'us ', 'de \\d+', '\\d+', 'CL \\d+', 'cl ('],
};
