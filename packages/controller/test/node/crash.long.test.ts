import { describe, it } from 'vitest';
import { killedAtSteps } from './crash-run.ts';

describe("a node's process that is killed", () => {
  it(
    'leaves a folder from which server and agent can go on, and the next process does: whichever step that is',
    () => killedAtSteps(1),
    600_000,
  );
});
