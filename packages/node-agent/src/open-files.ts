/** How many files Envoy may open: as many as this process, whose limit Node raises to the highest that it may have. */
import { readFileSync } from 'node:fs';
import { OPEN_FILES_MIN } from './limits.ts';
import type { Log } from './log.ts';

/** @param limits /proc/PID/limits; Infinity where there is no bound, or none that can be read */
export function openFilesMax(limits: string): number {
  const found = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return found === undefined ? Number.POSITIVE_INFINITY : Number(found);
}

/**
 * Envoy takes two files for each connection. Where it has no more, clients that it has already are answered 503: nothing says so before, so it is said at the
 * start.
 */
export function tellOpenFiles(log: Log, limits: string = readFileSync('/proc/self/limits', 'utf8')): void {
  const files = openFilesMax(limits);
  if (files >= OPEN_FILES_MIN) return;
  const connections = Math.floor(files / 2);
  log.warn(
    { openFilesMax: files, connections },
    `Envoy may open ${files} files, so about ${connections} connections at once for all pods of the node: raise LimitNOFILE of the container runtime`,
  );
}
