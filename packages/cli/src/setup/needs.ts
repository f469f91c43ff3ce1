import { crsStep } from './crs.ts';
import { debianStep } from './debian.ts';
import { elasticsearchSteps } from './elasticsearch.ts';
import { envoyStep } from './envoy.ts';
import { imageToolsStep } from './image-tools.ts';
import { kubernetesStep } from './kubernetes.ts';
import { nativeStep } from './native.ts';
import { networkStep } from './network.ts';
import { opensslStep } from './openssl.ts';
import { pagesStep } from './pages.ts';
import { schemasStep } from './schemas.ts';
import type { SetupStep } from './step.ts';

/** Every step that is not the launcher's, in the order in which they run. */
export const STEPS: readonly SetupStep[] = [
  debianStep,
  nativeStep,
  crsStep,
  envoyStep,
  schemasStep,
  networkStep,
  kubernetesStep,
  ...elasticsearchSteps,
  opensslStep,
  pagesStep,
  imageToolsStep,
];

const ENGINE = [debianStep, nativeStep, crsStep];

/** What a command needs before it starts. A command that is not listed needs what the engine needs. */
const NEEDS: Readonly<Record<string, readonly SetupStep[]>> = {
  alerts: [],
  crds: [],
  dashboards: [],
  doctor: [],
  envoy: [],
  hub: [pagesStep],
  import: [],
  events: [],
  explain: [],
  policy: [],
  probe: [],
  quarantine: [],
  spool: [],
  status: [],
  ship: [],
  uninstall: [],
  node: [],
  // Minutes of building and servers of others, which nobody but tests and one form of the demo has use for.
  setup: STEPS.filter(
    (step) =>
      ![schemasStep, kubernetesStep, opensslStep, imageToolsStep, ...elasticsearchSteps].includes(step),
  ),
  test: STEPS.filter((step) => step !== imageToolsStep),
  demo: [...ENGINE, envoyStep, pagesStep],
  'node-agent': [envoyStep, networkStep],
};

/** @param options of the command: `demo --store elasticsearch` starts a server, `test --long` builds images */
export function stepsFor(
  command: string,
  options: Readonly<Record<string, unknown>> = {},
): readonly SetupStep[] {
  const steps = NEEDS[command] ?? ENGINE;
  if (command === 'test' && options.long === true) return STEPS;
  const withServer = command === 'demo' && options.store === 'elasticsearch';
  return withServer ? [...steps, ...elasticsearchSteps.slice(0, 1)] : steps;
}
