/** What needs network namespaces, an API server and Helm is skipped where one is missing, with the reason in its name. */
import { describe } from 'vitest';
import { kubernetesPrograms } from '../../packages/cli/src/setup/kubernetes.ts';
import { whyNoNetwork } from '../interception/network.ts';

export function suiteOnTwoNodes(name: string, body: () => void): void {
  const built = kubernetesPrograms() !== null;
  const why = built ? whyNoNetwork() : 'needs the API server and Helm: ./sluice test builds them';
  // Namespaces are root's, and the programs take minutes to build: `./sluice test` does.
  describe.skipIf(why !== null)(why === null ? name : `${name} (${why})`, body);
}
