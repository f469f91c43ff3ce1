/** How a process that serves comes to its end. */
import { once } from 'node:events';

/** Resolves to the first of the signals, or of other events of the process. */
export const toldToEnd = (...events: readonly string[]): Promise<string> =>
  Promise.race(
    events.map(async (name) => {
      await once(process, name);
      return name;
    }),
  );

/** Whatever is still open then has nobody who waits for it: who stops a process must not have to kill it. */
export function endInAnyCase(millis: number): void {
  setTimeout(() => {
    process.stderr.write('sluice: not everything ended in time; the process ends without it\n');
    process.exit(1);
  }, millis).unref();
}
