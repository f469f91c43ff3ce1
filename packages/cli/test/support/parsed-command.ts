/** A subcommand of `sluice`, its arguments read and nothing run. */
import { Command } from 'commander';
import { register as registerRules } from '../../src/commands/rules.ts';

/** `sluice rules NAME …` as `register` declares it; a wrong call throws. */
export function rulesCommand(
  register: (program: Command) => void,
  name: string,
  args: readonly string[],
): Command {
  const program = new Command();
  registerRules(program);
  register(program);
  return parsed(
    program.commands[0]?.commands.find((each) => each.name() === name),
    args,
  );
}

/** Reads the arguments; what they ask for is not done. */
export function parsed(command: Command | undefined, args: readonly string[]): Command {
  if (command === undefined) throw new TypeError('no command');
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .action(() => undefined)
    .parse([...args], { from: 'user' });
}
