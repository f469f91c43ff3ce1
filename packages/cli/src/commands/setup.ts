import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('setup')
    .description('bring everything that Sluice needs: system libraries, native parts, rules, Envoy')
    .action(async () => {
      // The steps themselves have run before the action, as they do for every command.
      const { cacheDirectory } = await import('../setup/paths.ts');
      process.stdout.write(`Everything is in place (cache: ${cacheDirectory()}).\n`);
    });
}
