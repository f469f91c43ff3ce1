import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { HyperscanError } from './errors.ts';
import { libraryScan } from './library-scan.ts';
import type { Native } from './native.ts';
import { proveSound } from './self-test.ts';
import { checked, checkedNumber } from './status.ts';

/** Where native/build.sh puts the addon; nothing else looks for it. */
const ADDON_PATH = fileURLToPath(new URL('../build/hyperscan.node', import.meta.url));

const EXPORTS = ['isProven', 'libraryVersion', 'compile', 'scanBatch', 'openStream'];

let loaded: Native | undefined;

const isNative = (addon: unknown): addon is Native =>
  typeof addon === 'object' && addon !== null && EXPORTS.every((name) => name in addon);

function open(path: string): Native {
  if (!existsSync(path)) throw new HyperscanError('HS_BINDING_MISSING', { path });
  let addon: unknown;
  try {
    addon = createRequire(import.meta.url)(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HyperscanError('HS_BINDING_UNUSABLE', { path, reason }, { cause });
  }
  if (!isNative(addon)) throw new HyperscanError('HS_BINDING_UNUSABLE', { path, reason: 'not this addon' });
  return addon;
}

/**
 * The addon, loaded at the first call, whether or not the library has passed its self-test: only what says what it is may
 * be asked of it.
 * @param path for tests: an addon at another place, which is not kept
 * @throws HyperscanError HS_BINDING_MISSING, HS_BINDING_UNUSABLE, HS_CPU_UNSUPPORTED
 */
export function unprovenNative(path?: string): Native {
  if (loaded !== undefined && path === undefined) return loaded;
  const addon = open(path ?? ADDON_PATH);
  checkedNumber(addon.checkCpu(), 'loading');
  // Of all versions, this one wants scratch space that was last made fit for the very database (mended in 5.4.2).
  checkedNumber(addon.setOwnScratch(versionOf(addon).startsWith('5.4.1 ')), 'loading');
  if (path === undefined) loaded = addon;
  return addon;
}

/**
 * The addon, loaded at the first call and proven once a process, unless `trustBuild` has taken an earlier one's word.
 * @param path for tests: an addon at another place, which is not kept
 * @throws HyperscanError HS_BINDING_MISSING, HS_BINDING_UNUSABLE, HS_CPU_UNSUPPORTED, HS_UNSOUND
 */
export function native(path?: string): Native {
  const addon = unprovenNative(path);
  if (!addon.isProven()) {
    proveSound(libraryScan(addon), versionOf(addon));
    addon.setProven();
  }
  return addon;
}

const versionOf = (addon: Native): string => checked(addon.libraryVersion(), 'loading');
