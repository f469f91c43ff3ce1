/** What came of a change that is written, where no server can be asked about it. */
import { RulesUpdateError } from '../rules-update/errors.ts';

/** Null where it is in force, else why nobody can tell. @throws what `change` throws where it is not written */
export async function told(change: () => Promise<unknown>): Promise<string | null> {
  try {
    await change();
    return null;
  } catch (error) {
    // It is written; whether a server has it cannot be asked from here.
    if (error instanceof RulesUpdateError) return error.message;
    throw error;
  }
}
