/** The `sluice` command: reads the command line, sees to what the command needs, runs it. */
import { Command, CommanderError } from 'commander';
import { register as registerAlerts } from './commands/alerts.ts';
import { register as registerBench } from './commands/bench.ts';
import { register as registerController } from './commands/controller.ts';
import { register as registerCrds } from './commands/crds.ts';
import { register as registerDashboards } from './commands/dashboards.ts';
import { register as registerDemo } from './commands/demo.ts';
import { register as registerDoctor } from './commands/doctor.ts';
import { register as registerEnvoy } from './commands/envoy.ts';
import { register as registerEvents } from './commands/events.ts';
import { register as registerHub } from './commands/hub.ts';
import { register as registerImport } from './commands/import.ts';
import { register as registerInspect } from './commands/inspect.ts';
import { register as registerNode } from './commands/node.ts';
import { register as registerNodeAgent } from './commands/node-agent.ts';
import { register as registerPolicy } from './commands/policy.ts';
import { register as registerProbe } from './commands/probe.ts';
import { register as registerPromote } from './commands/promote.ts';
import { register as registerQuarantine } from './commands/quarantine.ts';
import { register as registerRules } from './commands/rules.ts';
import { register as registerRulesCheck } from './commands/rules-check.ts';
import { register as registerRulesExplain } from './commands/rules-explain.ts';
import { register as registerRulesProfile } from './commands/rules-profile.ts';
import { register as registerRulesUpdate } from './commands/rules-update.ts';
import { register as registerServe } from './commands/serve.ts';
import { register as registerSetup } from './commands/setup.ts';
import { register as registerShip } from './commands/ship.ts';
import { register as registerSpool } from './commands/spool.ts';
import { register as registerStatus } from './commands/status.ts';
import { register as registerTest } from './commands/test.ts';
import { register as registerUninstall } from './commands/uninstall.ts';
import { EXIT, SetupError } from './setup/errors.ts';
import { version } from './version.ts';

/** Each adds its command. These files stay light: what an action needs, it imports when it runs. */
const COMMANDS = [
  registerDemo,
  registerInspect,
  registerRules,
  registerRulesCheck,
  registerRulesExplain,
  registerRulesProfile,
  registerRulesUpdate,
  registerServe,
  registerShip,
  registerHub,
  registerNode,
  registerController,
  registerNodeAgent,
  registerEnvoy,
  registerPolicy,
  registerImport,
  registerCrds,
  registerProbe,
  registerSpool,
  registerPromote,
  registerStatus,
  registerQuarantine,
  registerEvents,
  registerAlerts,
  registerDashboards,
  registerSetup,
  registerDoctor,
  registerTest,
  registerUninstall,
  registerBench,
];

function buildProgram(): Command {
  const program = new Command('sluice')
    .description('A web application firewall that runs ModSecurity rules and the OWASP CRS behind Envoy')
    .version(version())
    .exitOverride();
  for (const register of COMMANDS) register(program);
  program.hook('preAction', (_, action) => prepare(action));
  return program;
}

/** The name of the command directly below `sluice`: `rules` for `sluice rules compile`. */
function topName(command: Command): string {
  let at = command;
  while (at.parent?.parent) at = at.parent;
  return at.name();
}

/** As shells count SIGPIPE. Not 0: what was not said to the end may have been a failure. */
const BROKEN_PIPE = 141;

/** Whoever reads the output may have seen enough (`| head`), of a help text too. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(BROKEN_PIPE);
}

async function prepare(action: Command): Promise<void> {
  // The server minds its own output.
  if (topName(action) === 'serve') process.stdout.off('error', endWithReader);
  const { ensureSetup } = await import('./setup/ensure.ts');
  const { stepsFor } = await import('./setup/needs.ts');
  const status = await ensureSetup(stepsFor(topName(action), action.opts()));
  // Set-up has said what is missing and what to do about it.
  if (status !== 0) throw new CommanderError(status, 'sluice.setup', '');
}

/** The exit code for what an action threw, said on standard error unless commander has said it. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.code === 'sluice.setup' || error.exitCode === 0) return error.exitCode;
    return EXIT.usage;
  }
  const [message, remedy] = describe(error);
  process.stderr.write(`sluice: ${message}\n${remedy === '' ? '' : `Remedy: ${remedy}\n`}`);
  if (error instanceof SetupError) return error.exitCode;
  return hasCode(error, 'NODE_AGENT_ROOT_NEEDED') ? EXIT.rootNeeded : EXIT.failed;
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Message and remedy of a coded error; the stack of any other, which is a defect. */
function describe(error: unknown): readonly [string, string] {
  if (!(error instanceof Error)) return [String(error), ''];
  const remedy = 'remedy' in error && typeof error.remedy === 'string' ? error.remedy : '';
  return remedy === '' && !('code' in error) ? [error.stack ?? error.message, ''] : [error.message, remedy];
}

process.stdout.on('error', endWithReader);
try {
  await buildProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
