/**
 * normalizePathWin (normalisePathWin): as normalizePath, after every backslash became a slash.
 *
 * Source: reference manual, "normalizePathWin".
 */
import { normalizeSlashPath } from './normalize-path.ts';
import type { Transformation } from './transformation.ts';

const BACKSLASH = /\\/g;

export const normalizePathWin: Transformation = {
  name: 'normalizePathWin',
  aliases: ['normalisePathWin'],
  apply: (value) => normalizeSlashPath(value.includes('\\') ? value.replace(BACKSLASH, '/') : value),
};
