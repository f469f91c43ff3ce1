/** Starts the readers; those whose language is not on this machine are left out, with a word. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { PeerError } from '../../bench/peers/errors.ts';
import { findGo } from '../../bench/peers/go.ts';
import { reasonIn, runCommand } from '../../packages/cli/src/setup/command.ts';
import { findProgram } from '../../packages/cli/src/setup/debian.ts';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import { digestOf } from '../../packages/cli/src/setup/stamp.ts';
import { ReaderError } from './errors.ts';
import { FramedProcess } from './framed-process.ts';
import { nodeReaders } from './node-readers.ts';
import type { ReaderHost } from './reader.ts';

export interface OpenReaders {
  readonly hosts: readonly ReaderHost[];
  /** Why a language is left out, one line each. */
  readonly missing: readonly string[];
}

function openPython(): ReaderHost {
  const python = findProgram('python3');
  if (python === undefined) {
    throw new ReaderError('READER_UNAVAILABLE', { language: 'python', reason: 'there is no python3' });
  }
  return new FramedProcess('python', [python, '-E', join(import.meta.dirname, 'python/readers.py')]);
}

async function openGo(): Promise<ReaderHost> {
  const sources = join(import.meta.dirname, 'go');
  const go = await findGo();
  const digest = digestOf(sources, [go.version]).slice(0, 16);
  const directory = join(cacheDirectory(), 'body-readers', digest);
  const program = join(directory, 'readers');
  if (!existsSync(program)) {
    mkdirSync(directory, { recursive: true });
    // Whoever builds at the same time writes another file; the last rename wins, and both are whole.
    const fresh = `${program}.${process.pid}`;
    const env = { GOFLAGS: '-buildvcs=false', GOWORK: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
    const argv = [go.path, 'build', '-C', sources, '-trimpath', '-o', fresh, '.'];
    const { status, output } = await runCommand('body-readers', argv, { env });
    if (status !== 0) {
      throw new ReaderError('READER_UNAVAILABLE', { language: 'go', reason: reasonIn(output) });
    }
    renameSync(fresh, program);
  }
  return new FramedProcess('go', [program]);
}

const isUnavailable = (error: unknown): error is ReaderError | PeerError =>
  (error instanceof ReaderError && error.code === 'READER_UNAVAILABLE') ||
  (error instanceof PeerError && error.code === 'PEER_UNAVAILABLE');

/** @throws ReaderError for everything but READER_UNAVAILABLE: a reader that was built has to run */
export async function openReaders(): Promise<OpenReaders> {
  const hosts: ReaderHost[] = [nodeReaders];
  const missing: string[] = [];
  for (const open of [openPython, openGo]) {
    try {
      hosts.push(await open());
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      missing.push(`left out: ${error.message}. ${error.remedy}`);
    }
  }
  return { hosts, missing };
}
