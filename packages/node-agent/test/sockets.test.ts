/** /proc/net/tcp as it is, cut to what counts. */
import { describe, expect, it } from 'vitest';
import { Sockets } from '../src/kernel/sockets.ts';

const TCP = `
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:3A9E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0A01630A:3A9E 0209630A:A2B4 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 0 0 10 -1
   2: 0A01630A:3A9E 0209630A:A2B6 06 00000000:00000000 00:00000000 00000000     0        0 0 3 0
   3: 0209630A:B000 0A01630A:0050 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 0 0 10 -1
   4: 0100007F:B001 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 20 0 0 10 -1
   5: 0100007F:0050 0100007F:B001 01 00000000:00000000 00:00000000 00000000     0        0 5 1 0 20 0 0 10 -1
`;
const TCP6 = `
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 6 1 0 100 0 0 10 0
   1: 0000000000000000FFFF00000A01630A:0050 0000000000000000FFFF00000209630A:B000 01 0:0 00:0 0 0 0 7 1 0 20 0 0 10 -1
`;

describe('Sockets', () => {
  const sockets = new Sockets(TCP + TCP6);

  it('knows who listens, by family', () => {
    expect(sockets.isListening(15_006, 'IPv4')).toBe(true);
    expect(sockets.isListening(15_006, 'IPv6')).toBe(false);
    expect(sockets.isListening(80, 'IPv6')).toBe(true);
  });

  it('counts clients’ connections that have not ended', () => {
    expect(sockets.redirected(15_006)).toBe(1);
    expect(sockets.redirected(15_007)).toBe(0);
  });

  it('finds Envoy’s connections to the workload by both their ends, IPv4 in IPv6 too, and none of the workload’s own', () => {
    expect(sockets.inner([80])).toBe(1);
    expect(sockets.inner([81])).toBe(0);
  });
});
