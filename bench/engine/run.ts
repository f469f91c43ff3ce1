/**
 * Engines beside each other on the same requests: node bench/engine/run.ts --help
 *
 *   node bench/engine/run.ts --cases get,form,json,sqli,text100k --peers none
 *   node --cpu-prof bench/engine/run.ts --cases get --in-process --seconds 10
 */
import { writeFileSync } from 'node:fs';
import { renderChart } from './chart.ts';
import { reportingErrors } from './exit.ts';
import { ENGINE_HELP, parseEngineOptions } from './options.ts';
import { runEngineSuite } from './suite.ts';
import { renderReport } from './table.ts';

/** @returns the exit code: 1 where engines disagree */
export async function runEngine(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(ENGINE_HELP);
    return 0;
  }
  const options = parseEngineOptions(args);
  const report = await runEngineSuite(options, (line) => process.stderr.write(`${line}\n`));
  if (options.svg !== null) writeFileSync(options.svg, renderChart(report));
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
  return report.dissent.length > 0 ? 1 : 0;
}

if (import.meta.main) await reportingErrors(() => runEngine(process.argv.slice(2)));
