/** `sluice alerts …`: what fires, who was told, and what is done about it. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { MeantFlags, SilenceFlags } from '../alerts/change.ts';
import type { DeliveriesFlags } from '../alerts/list.ts';
import type { PreviewFlags } from '../alerts/preview.ts';
import type { AlertsEnvironment, HubFlags } from '../alerts/session.ts';

const HUB = `
Which hub: --hub, else SLUICE_HUB, else SLUICE_STORE where it is a hub; its token from SLUICE_HUB_TOKEN.
docs/alerts.md has all of it.`;

const STATUS = 'Exit status: 0 something was found or done, 4 nothing was, 1 an error, 2 a wrong call.';

const HELP = `
Examples:
  sluice alerts list --hub http://127.0.0.1:7480
  sluice alerts show sqli-seen
  sluice alerts ack sqli-seen --key waf.destination.owner=Deployment/web
  sluice alerts silence sqli-seen --for 2h
  sluice alerts preview rules/alerts/sqli-seen.yaml --from now-1d
  sluice alerts deliveries sqli-seen

${STATUS}
${HUB}`;

export function register(program: Command): void {
  const alerts = program
    .command('alerts')
    .description('see what fires, acknowledge and silence it, try alerts on what was')
    .addHelpText('after', HELP);
  registerQuestions(alerts);
  registerDeeds(alerts);
}

const hubOptions = (command: Command): Command =>
  command.option('--hub <url>', 'http(s)://HUB').option('--json', 'print one JSON object');

async function environment(): Promise<AlertsEnvironment> {
  const { AlertsClient } = await import('@sluice/hub');
  const { stdout, env } = process;
  const { SLUICE_HUB_TOKEN: token } = env;
  return {
    ...{ stdout, variables: env, now: Date.now, user: userInfo().username },
    connect: (url) => new AlertsClient({ url, ...(token ? { token } : {}) }),
  };
}

function registerQuestions(alerts: Command): void {
  hubOptions(alerts.command('list'))
    .description('all alerts, and what fires')
    .action(async (flags: HubFlags) => {
      const { runList } = await import('../alerts/list.ts');
      process.exitCode = await runList(flags, await environment());
    });
  hubOptions(alerts.command('show <alert>'))
    .description('one alert, and all that it has found')
    .action(async (alert: string, flags: HubFlags) => {
      const { runShow } = await import('../alerts/list.ts');
      process.exitCode = await runShow(alert, flags, await environment());
    });
  hubOptions(alerts.command('deliveries [alert]'))
    .description('who was told what, and who was not')
    .option('--size <number>', 'how many, the newest first', '50')
    .action(async (alert: string | undefined, flags: DeliveriesFlags) => {
      const { runDeliveries } = await import('../alerts/list.ts');
      process.exitCode = await runDeliveries(alert, flags, await environment());
    });
  hubOptions(alerts.command('preview <file>'))
    .description('how often the alert of a file would have fired')
    .option('--alert <name>', 'which one, where the file has several')
    .option('--from <time>', 'from then on: 2026-11-23, -2h, now-1d (a day ago)')
    .option('--to <time>', 'before then (now)')
    .action(async (file: string, flags: PreviewFlags) => {
      const { runPreview } = await import('../alerts/preview.ts');
      process.exitCode = await runPreview(file, flags, await environment());
    });
}

const meantOptions = (command: Command): Command =>
  hubOptions(command)
    .option('--key <field=value...>', 'only what has these values in its key')
    .option('--by <name>', 'who says so (you)');

function registerDeeds(alerts: Command): void {
  meantOptions(alerts.command('ack <alert>'))
    .description('say that what fires is seen: nobody is told of it again while it does')
    .action(async (alert: string, flags: MeantFlags) => {
      const { runAcknowledge } = await import('../alerts/change.ts');
      process.exitCode = await runAcknowledge(alert, flags, await environment());
    });
  meantOptions(alerts.command('silence <alert>'))
    .description('let nobody be told that it fires, for a time')
    .option('--for <time>', 'how long: 90s, 15m, 1h, 2d')
    .option('--end', 'end a silence')
    .action(async (alert: string, flags: SilenceFlags) => {
      const { runSilence } = await import('../alerts/change.ts');
      process.exitCode = await runSilence(alert, flags, await environment());
    });
}
