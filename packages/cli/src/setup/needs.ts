import { crsStep } from './crs.ts';
import { debianStep } from './debian.ts';
import { envoyStep } from './envoy.ts';
import { kubernetesStep } from './kubernetes.ts';
import { nativeStep } from './native.ts';
import { networkStep } from './network.ts';
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
];

const ENGINE = [debianStep, nativeStep, crsStep];

/** What a command needs before it starts. A command that is not listed needs what the engine needs. */
const NEEDS: Readonly<Record<string, readonly SetupStep[]>> = {
  dashboards: [],
  doctor: [],
  envoy: [],
  events: [],
  policy: [],
  probe: [],
  // Minutes of building, which nobody but tests has use for.
  setup: STEPS.filter((step) => step !== kubernetesStep),
  test: STEPS,
  demo: [...ENGINE, envoyStep],
  'node-agent': [envoyStep, networkStep],
};

export function stepsFor(command: string): readonly SetupStep[] {
  return NEEDS[command] ?? ENGINE;
}
