/** One component of set-up. Steps are independent of what they find: `run` may be repeated at any time. */
export interface SetupStep {
  /** Its place among all steps, which the progress line shows; 1 and 2 are the launcher's own. */
  readonly number: number;
  readonly name: string;
  /** Cheap enough for every start: file probes only, no child processes. */
  isDone(): boolean;
  /** Brings the component, whole or not at all. Throws a SetupError. */
  run(): Promise<void>;
}

/** How many steps there are, those of the launcher included. */
export const STEP_COUNT = 14;
