import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { onTestFinished, vi } from 'vitest';
import { register } from '../../src/commands/inspect.ts';
import { type InspectFlags, runInspect } from '../../src/inspect/command.ts';
import type { DataPart } from '../../src/inspect/curl.ts';
import { parsed } from '../support/parsed-command.ts';

/** A folder with these files, gone after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, 'latin1');
  return folder;
}

/** Keeps what is compiled from a test's rules out of the machine's cache. */
export function ownCache(): void {
  vi.stubEnv('SLUICE_CACHE', folderWith({}));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

/** Runs `sluice inspect …`; a wrong call throws. */
export function inspect(
  args: readonly string[],
  tty = false,
): { readonly text: string; readonly code: number } {
  const { url, flags } = readArguments(args);
  let text = '';
  const stdout = { write: (piece: string) => (text += piece), isTTY: tty };
  const code = runInspect(url, flags, { stdout, variables: {} });
  return { text, code };
}

/** What the command's action gets for these arguments. */
export function readArguments(args: readonly string[]): {
  readonly url: string | undefined;
  readonly flags: InspectFlags;
} {
  const program = new Command();
  register(program);
  const command = parsed(program.commands[0], args);
  const { data, dataRaw, dataBinary, dataUrlencode, ...flags } = command.opts<
    InspectFlags & Partial<Record<'dataRaw' | 'dataBinary' | 'dataUrlencode', readonly DataPart[]>>
  >();
  // All four collect into one list, so that the order of the command line holds.
  return {
    url: command.args[0],
    flags: { ...flags, data: data ?? dataRaw ?? dataBinary ?? dataUrlencode ?? [] },
  };
}
