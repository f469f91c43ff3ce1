/** How much Sluice needs for how much traffic: node bench/main.ts sizing --help */
import { parseSizingOptions, SIZING_HELP } from './options.ts';
import { runSizingSuite } from './suite.ts';
import { renderSizing } from './table.ts';

/** @returns the exit code: 1 where a request was not answered with 200 */
export async function runSizing(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(SIZING_HELP);
    return 0;
  }
  const options = parseSizingOptions(args);
  const report = await runSizingSuite(options, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderSizing(report));
  return report.rows.some(({ failed }) => failed > 0) ? 1 : 0;
}
