/** Vectors of @ipMatchFromDataset. The argument is the dataset's lines; what an address is, ipMatchFromFile's vectors tell in full. */
import type { OperatorVectors } from '../vector.ts';

const NETWORKS = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'];

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'Coraza, "ipMatchFromDataset": as ipMatch, one address or network a line',
      cases: [
        [NETWORKS, '10.255.0.1', true],
        [NETWORKS, '11.0.0.0', false],
        [NETWORKS, '192.0.2.7', true],
        [NETWORKS, '192.0.2.8', false],
        [NETWORKS, '2001:0DB8::ffff', true],
        [NETWORKS, '2001:db9::', false],
        [NETWORKS, '::ffff:10.1.2.3', true],
        [[], '10.0.0.1', false],
      ],
    },
    {
      source: 'inet_pton (POSIX.1-2017): what is no address is in no network',
      cases: [
        [NETWORKS, '', false],
        [NETWORKS, 'x', false],
        [NETWORKS, '10.1.2.3\x00', false],
        [NETWORKS, '10.1.2.\xb2', false],
        [NETWORKS, ' 10.1.2.3', false],
        [['::/0'], '10.0.0.1', false],
      ],
    },
  ],
  refusedLines: [['10.0.0.0/8', 'x'], ['10.0.0.0/33'], ['10.0.0.1,10.0.0.2'], ['']],
};
