/** `sluice ship`: brings events from spools to where they are kept. */
import { type Command, InvalidArgumentError } from 'commander';

interface ConfigFlag {
  readonly config: string;
}

interface DeadFlags extends ConfigFlag {
  readonly sink?: string;
  readonly code?: string;
}

const CONFIG = ['-c, --config <file>', 'configuration (ship.yaml)'] as const;

function positive(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 to 999999.');
  return Number(text);
}

export function register(program: Command): void {
  const ship = program.command('ship').description('bring events from spools to where they are kept');
  ship
    .command('run', { isDefault: true })
    .description('ship until it is told to stop')
    .requiredOption(...CONFIG)
    .option('--once', 'end when the spools are empty')
    .option('--check', 'check the configuration, and stop')
    .action(async (flags: ConfigFlag & { readonly once?: true; readonly check?: true }) => {
      const { runShip } = await import('../ship/run-ship.ts');
      await runShip(flags.config, { once: flags.once === true, check: flags.check === true });
    });
  ship
    .command('status')
    .description('show lag, rate and dead letters of the shipper that runs')
    .requiredOption(...CONFIG)
    .option('--json', 'print one JSON object')
    .action(async (flags: ConfigFlag & { readonly json?: true }) => {
      const { showShipStatus } = await import('../ship/status.ts');
      process.exitCode = await showShipStatus(flags.config, flags.json === true);
    });
  registerDead(ship);
}

function registerDead(ship: Command): void {
  const dead = ship.command('dead').description('what sinks have refused for good');
  const chosen = (name: string, description: string): Command =>
    dead
      .command(name)
      .description(description)
      .requiredOption(...CONFIG)
      .option('--sink <name>', 'of this sink only')
      .option('--code <code>', 'refused for this reason only: document_parsing_exception');
  chosen('list', 'show them, newest last')
    .option('--limit <n>', 'so many at most', positive, 100)
    .option('--json', 'one JSON object a line, with the document')
    .action(async (flags: DeadFlags & { readonly limit: number; readonly json?: true }) => {
      const { listDead } = await import('../ship/dead.ts');
      await listDead(flags.config, flags, { limit: flags.limit, json: flags.json === true });
    });
  chosen('retry', 'send them again; those that are taken are removed').action(async (flags: DeadFlags) => {
    const { retryDead } = await import('../ship/dead.ts');
    process.exitCode = await retryDead(flags.config, flags);
  });
  chosen('drop', 'remove them for good')
    .option('--yes', 'without this nothing is removed')
    .action(async (flags: DeadFlags & { readonly yes?: true }) => {
      const { dropDead } = await import('../ship/dead.ts');
      process.exitCode = await dropDead(flags.config, flags, flags.yes === true);
    });
}
