/** `sluice envoy …`: Envoy's configuration, written and looked at. */
import { type Command, Option } from 'commander';
import type { EnvoyConfigFlags } from '../envoy-config/command.ts';
import type { EnvoyDoctorFlags } from '../envoy-doctor/command.ts';

const CONFIG_HELP = `
Examples:
  sluice envoy config --upstream 127.0.0.1:3000 --mode block > envoy.yaml && envoy -c envoy.yaml
  sluice envoy config -c sluice.yaml --policy shop --listen 0.0.0.0:8080 --upstream shop:80
  sluice envoy config --for node --table table.yaml --out /run/sluice/envoy
  sluice envoy config --for envoy-gateway --service sluice-system/sluice:9191 --target HTTPRoute/shop/web --gateway edge
  sluice envoy config --for istio --service sluice-system/sluice:9191 --namespace shop --label app=web

docs/envoy.md explains every setting.`;

const DOCTOR_HELP = `
Examples:
  sluice envoy doctor envoy.yaml
  sluice envoy doctor http://127.0.0.1:9901 --json
  sluice envoy doctor /run/sluice/envoy/admin.sock

Exit status: 0 without errors, 1 with errors (--strict: or warnings) or where there is nothing to read.
docs/envoy.md lists the findings.`;

export function register(program: Command): void {
  const envoy = program.command('envoy').description("work with Envoy's configuration");
  registerConfig(envoy);
  registerDoctor(envoy);
}

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

function registerConfig(envoy: Command): void {
  envoy
    .command('config')
    .description('write a configuration for a policy: a proxy, a node, Envoy Gateway or Istio')
    .addOption(
      new Option('--for <what>', 'what it is for')
        .choices(['proxy', 'node', 'envoy-gateway', 'istio', 'istio-provider'])
        .default('proxy'),
    )
    .option('-c, --config <file>', "sluice.yaml: the policy's mode, and the sockets that Sluice listens on")
    .option('--policy <name>', 'the policy', 'default')
    .addOption(new Option('--mode <mode>', 'its mode, without -c').choices(['off', 'detect', 'block']))
    .addOption(
      new Option('--unavailable <what>', 'while Sluice does not answer, without -c').choices([
        'closed',
        'open',
      ]),
    )
    .addOption(
      new Option('--data-path <filter>', 'how Envoy asks: once, or in a stream')
        .choices(['ext_authz', 'ext_proc'])
        .default('ext_authz'),
    )
    .addOption(
      new Option('--profile <profile>', 'ext_proc: what is done with bodies (default: streaming)').choices([
        'streaming',
        'buffered',
        'window',
      ]),
    )
    .option('--responses', 'ext_proc: let Sluice see responses too')
    .option('--socket <path>', 'Unix socket of a Sluice process; once for each', collect)
    .option('--listen <address:port>', 'proxy: where Envoy listens', '127.0.0.1:8080')
    .option('--upstream <host:port>', 'proxy: the workload')
    .option('--admin <address:port>', 'proxy: the admin interface; 0 takes a free port', '127.0.0.1:0')
    .addOption(
      new Option(
        '--paths <treatment>',
        'proxy: what is done to paths in Block (default: normalised)',
      ).choices(['as-sent', 'normalised', 'strict']),
    )
    .option('--upgrade <type>', 'proxy: an HTTP upgrade that the workload needs; once for each', collect)
    .option('--table <file>', 'node: settings and pods, in YAML or JSON')
    .option('--out <directory>', 'node: write bootstrap.json, lds.json and cds.json there')
    .option('--service <namespace/name:port>', "gateways: the Service of Sluice's gRPC")
    .option('--target <kind/namespace/name>', 'envoy-gateway: a Gateway or an HTTPRoute')
    .option('--gateway <name>', 'envoy-gateway: the Gateway of an HTTPRoute')
    .option(
      '--listener <name>',
      'envoy-gateway: a listener of the Gateway; once for each (default: http)',
      collect,
    )
    .option('--namespace <name>', 'istio: the namespace of the workload or gateway')
    .option('--label <name=value>', 'istio: a label of its pods; once for each', collect)
    .addOption(
      new Option('--context <context>', 'istio: where its Envoy stands')
        .choices(['SIDECAR_INBOUND', 'GATEWAY'])
        .default('SIDECAR_INBOUND'),
    )
    .option('--max-request-bytes <bytes>', 'longest body')
    .option('--verdict-millis <milliseconds>', 'time for the verdict')
    .option('--status-on-error <status>', 'where Sluice does not answer and the policy is Closed')
    .option('--access-log <file>', 'proxy: a line of JSON for each request')
    .option('--json', 'print JSON instead of YAML')
    .addHelpText('after', CONFIG_HELP)
    .action(async (flags: EnvoyConfigFlags) => {
      const { runEnvoyConfig } = await import('../envoy-config/command.ts');
      runEnvoyConfig(flags, { stdout: process.stdout });
    });
}

function registerDoctor(envoy: Command): void {
  envoy
    .command('doctor <file-or-admin>')
    .description('find what in a configuration lets traffic by, or breaks it')
    .option('--envoy-version <version>', 'the version that runs it, where the configuration does not say')
    .option('--strict', 'let warnings fail the command')
    .option('--json', 'print one JSON object')
    .addHelpText('after', DOCTOR_HELP)
    .action(async (target: string, flags: EnvoyDoctorFlags) => {
      const { runEnvoyDoctor } = await import('../envoy-doctor/command.ts');
      process.exitCode = await runEnvoyDoctor(target, flags, {
        stdout: process.stdout,
        variables: process.env,
      });
    });
}
