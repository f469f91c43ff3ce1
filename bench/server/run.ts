/** Servers behind Envoy beside each other: node bench/main.ts server --help */
import { parseServerOptions, SERVER_HELP } from './options.ts';
import { runServerSuite } from './suite.ts';
import { renderServerReport } from './table.ts';

/** @returns the exit code: 1 where contenders disagree, or one fails */
export async function runServer(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(SERVER_HELP);
    return 0;
  }
  const options = parseServerOptions(args);
  const report = await runServerSuite(options, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderServerReport(report));
  const failed = report.cases.some(({ figures }) => figures.some((each) => each.failed > 0));
  return report.dissent.length > 0 || failed ? 1 : 0;
}
