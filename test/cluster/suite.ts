/** What needs network namespaces and an API server is skipped where either is missing, with the reason in its name. */
import { describe } from 'vitest';
import { kubernetesPrograms } from '../../packages/cli/src/setup/kubernetes.ts';
import { whyNoNetwork } from '../interception/network.ts';

export function suiteOnTwoNodes(name: string, body: () => void): void {
  const built = kubernetesPrograms() !== null;
  const why = built ? whyNoNetwork() : 'needs the API server: ./sluice test builds it';
  // Namespaces are root's, and the API server takes minutes to build: `./sluice test` does.
  describe.skipIf(why !== null)(why === null ? name : `${name} (${why})`, body);
}
