/** Errors of programs in this folder, as the sluice command shows its own. */

/** Sets the exit code: the action's, or 1 with message and remedy for a coded error. What is not coded is a defect, and is thrown. */
export async function reportingErrors(action: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await action();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const remedy = 'remedy' in error ? `\nRemedy: ${String(error.remedy)}` : '';
    process.stderr.write(`sluice bench: ${error.message}${remedy}\n`);
    process.exitCode = 1;
  }
}
