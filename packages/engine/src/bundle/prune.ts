/**
 * Takes away what a store no longer needs: bundles that nobody opened for long, the least recently used ones where all
 * together are too large, what a process that died left half written, and what the index says of files that are gone.
 *
 * Any number of processes use a store at once. A file that is opened or written meanwhile is young and stays; one that goes
 * all the same in the moment in which another process wants it is made anew there. One process a time prunes.
 */
import {
  appendFileSync,
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { BundleLimits } from '../limits.ts';
import { bundleDigest } from './bundle.ts';
import { bytesOfFile } from './bytes-at.ts';
import { codeOf, GONE, INDEX, temporaryName } from './files.ts';

const LOCK = 'PRUNE';
const BUNDLE = /^[0-9a-f]{40}\.bundle$/;
const UNFINISHED = /^(?:[0-9a-f]{40}\.bundle|INDEX)\.[0-9]+\.[0-9]+$/;

const MINUTE_MILLIS = 60_000;
const DAY_MILLIS = 24 * 60 * MINUTE_MILLIS;

/** A touch writes to the disk: one is enough for this long. */
const TOUCH_MILLIS = 60 * MINUTE_MILLIS;

interface Entry {
  readonly file: string;
  readonly bytes: number;
  /** When it was last opened or written. */
  readonly usedAt: number;
}

/** Notes that a bundle is in use: the time of its last change is what pruning goes by, as access times are not kept everywhere. */
export function touch(file: string): void {
  const status = statusOf(file);
  const now = Date.now();
  if (status === null || now - status.mtimeMs < TOUCH_MILLIS) return;
  unlessGone(() => utimesSync(file, now / 1_000, now / 1_000));
}

export function prune(directory: string, limits: BundleLimits): void {
  const lock = path.join(directory, LOCK);
  if (!takeLock(lock, limits)) return;
  try {
    const names = readdirSync(directory);
    for (const entry of entriesOf(directory, names, UNFINISHED)) {
      if (isOlder(entry, limits.unfinishedDaysMax * DAY_MILLIS)) remove(entry);
    }
    const bundles = entriesOf(directory, names, BUNDLE);
    for (const entry of outdated(bundles, limits)) remove(entry);
    rewriteIndex(directory);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The bundles that are to go. */
function outdated(bundles: readonly Entry[], limits: BundleLimits): readonly Entry[] {
  const leastRecent = bundles.toSorted((a, b) => a.usedAt - b.usedAt);
  let left = bundles.reduce((total, { bytes }) => total + bytes, 0);
  return leastRecent.filter((entry) => {
    const isOld = isOlder(entry, limits.unopenedDaysMax * DAY_MILLIS);
    const isTooMuch = left > limits.totalBytesMax && isOlder(entry, limits.recentMinutes * MINUTE_MILLIS);
    if (isOld || isTooMuch) left -= entry.bytes;
    return isOld || isTooMuch;
  });
}

const isOlder = ({ usedAt }: Entry, millis: number): boolean => Date.now() - usedAt > millis;

/** Files of this user with a name of that form. */
function entriesOf(directory: string, names: readonly string[], form: RegExp): readonly Entry[] {
  return names
    .filter((name) => form.test(name))
    .flatMap((name): Entry[] => {
      const file = path.join(directory, name);
      const status = statusOf(file);
      const isOwn = status?.isFile() === true && status.uid === process.getuid?.();
      return isOwn ? [{ file, bytes: status.size, usedAt: status.mtimeMs }] : [];
    });
}

/** Removes a file, unless another process has used or replaced it meanwhile. */
function remove({ file, usedAt }: Entry): void {
  if (statusOf(file)?.mtimeMs === usedAt) unlessGone(() => rmSync(file, { force: true }));
}

/** Leaves the lines of bundles that are there. Whoever adds a line looks afterwards whether it is there: see store.ts. */
function rewriteIndex(directory: string): void {
  const index = path.join(directory, INDEX);
  const descriptor = unlessGone(() => openSync(index, 'r'));
  if (descriptor === null) return;
  try {
    const before = readFileSync(descriptor, 'latin1');
    const lines = before.split('\n').filter((line) => line !== '');
    const kept = [...new Set(lines)].filter((line) => isCurrent(directory, line));
    if (kept.length === lines.length) return;
    const temporary = path.join(directory, temporaryName(INDEX));
    // An index that others can write to proves nothing, and is left for the store to replace.
    if ((fstatSync(descriptor).mode & 0o077) !== 0) return;
    writeFileSync(temporary, kept.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    renameSync(temporary, index);
    // What was added while the new one was written stands in the old one only; reading goes on where it ended.
    const late = readFileSync(descriptor, 'latin1');
    if (late !== '') appendFileSync(index, late, { mode: 0o600 });
  } finally {
    closeSync(descriptor);
  }
}

/** Whether a line of the index says what the end of its bundle says. */
function isCurrent(directory: string, line: string): boolean {
  const [name = '', digest] = line.split(' ');
  if (!BUNDLE.test(name)) return false;
  const descriptor = unlessGone(() => openSync(path.join(directory, name), 'r'));
  if (descriptor === null) return false;
  try {
    return bundleDigest(bytesOfFile(descriptor, fstatSync(descriptor).size)) === digest;
  } finally {
    closeSync(descriptor);
  }
}

/** A lock that a process left behind which died is broken after a while. */
function takeLock(lock: string, { recentMinutes }: BundleLimits): boolean {
  const status = statusOf(lock);
  if (status !== null && Date.now() - status.mtimeMs > recentMinutes * MINUTE_MILLIS)
    rmSync(lock, { force: true });
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

const statusOf = (file: string): Stats | null => lstatSync(file, { throwIfNoEntry: false }) ?? null;

/** Null where the file is gone, or is not for this process to change. */
function unlessGone<Result>(action: () => Result): Result | null {
  try {
    return action();
  } catch (error) {
    if (GONE.has(codeOf(error))) return null;
    throw error;
  }
}
