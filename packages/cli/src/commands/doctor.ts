import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('doctor')
    .description('show the versions of what Sluice runs on, and what is missing')
    .option('--json', 'print one JSON object')
    .action(async (options: { readonly json?: boolean }) => {
      const { examine, formatReport } = await import('./doctor-report.ts');
      const report = await examine();
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report));
      if (!report.ready) process.exitCode = 1;
    });
}
