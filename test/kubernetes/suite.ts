/** What needs the API server is skipped where it has not been built, with the reason in its name. */
import { describe } from 'vitest';
import { kubernetesPrograms } from '../../packages/cli/src/setup/kubernetes.ts';

export function suiteWithApiServer(name: string, body: () => void): void {
  const built = kubernetesPrograms() !== null;
  // It takes minutes to build: `./sluice test` does.
  describe.skipIf(!built)(built ? name : `${name} (needs the API server: ./sluice test builds it)`, body);
}
