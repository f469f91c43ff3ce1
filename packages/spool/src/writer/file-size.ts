import { stat } from 'node:fs/promises';
import { hasCode } from '../errors.ts';

/** 0 where the file is gone. */
export async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}
