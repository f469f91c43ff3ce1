/** What needs network namespaces is skipped where there are none, with the reason in its name. */
import { describe } from 'vitest';
import { whyNoNetwork } from './network.ts';

export function suiteInNamespaces(name: string, body: () => void): void {
  const why = whyNoNetwork();
  // Namespaces and nftables are root's: without them there is nothing to stand on.
  describe.skipIf(why !== null)(why === null ? name : `${name} (${why})`, body);
}
