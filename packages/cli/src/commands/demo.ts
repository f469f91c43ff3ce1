/** `sluice demo`: the whole thing in front of a shop that can be robbed. */
import { type Command, Option } from 'commander';

interface DemoOptions {
  readonly mode: string;
  readonly port: string;
  readonly shopPort: string;
  readonly store: string;
  readonly keep?: true;
  readonly once?: true;
  readonly json?: true;
  readonly har?: string;
}

export function register(program: Command): void {
  program
    .command('demo')
    .description('attack a vulnerable shop, without and with Sluice in front of it')
    .addOption(new Option('--mode <mode>', 'what Sluice does').choices(['detect', 'block']).default('block'))
    .option('--port <port>', 'where Envoy listens on 127.0.0.1; 0 takes a free port', '0')
    .option('--shop-port <port>', 'where the shop itself listens on 127.0.0.1; 0 takes a free port', '0')
    .addOption(
      new Option('--store <kind>', 'where events are kept; Elasticsearch is started for it')
        .choices(['sqlite', 'elasticsearch'])
        .default('sqlite'),
    )
    .option('--keep', 'keep what the last demo has stored, too')
    .option('--once', 'end after the story, with status 0 if it came out as it must')
    .option('--json', 'print the story as one JSON object, later requests as a line of JSON each')
    .option('--har <file>', "write the story's requests as a HAR file, for sluice inspect and sluice bench")
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      const { mode, port, shopPort, store, keep, once, json, har } = options;
      await runDemo({
        mode,
        port,
        shopPort,
        store,
        keep: keep === true,
        once: once === true,
        json: json === true,
        ...(har === undefined ? {} : { har }),
      });
    });
}
