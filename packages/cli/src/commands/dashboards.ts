/** `sluice dashboards …`: Kibana's and Grafana's views of Sluice. */
import type { Command } from 'commander';
import type { ImportFlags } from '../dashboards/import.ts';

const HELP = `
Examples:
  sluice dashboards import --kibana https://kibana.example:5601 --space security --kibana-key-file key
  sluice dashboards import --grafana https://grafana.example --grafana-token-file token --folder waf

Credentials: the files, else SLUICE_KIBANA_API_KEY and SLUICE_GRAFANA_TOKEN, else user and password of the URL.
What is there already under the same ids is overwritten. docs/dashboards.md tells what they show.`;

export function register(program: Command): void {
  program
    .command('dashboards')
    .description('views of events in Kibana, and of metrics in Grafana')
    .command('import')
    .description('bring the files of deploy/kibana and deploy/grafana into running servers')
    .option('--kibana <url>', 'Kibana: data view, saved searches, a dashboard')
    .option('--space <id>', 'of Kibana; its default space without')
    .option('--kibana-key-file <file>', 'an API key of Elasticsearch, as base64 of id:key')
    .option('--grafana <url>', 'Grafana: a dashboard of the metrics')
    .option('--folder <uid>', 'of Grafana; its general folder without')
    .option('--grafana-token-file <file>', 'the token of a service account')
    .addHelpText('after', HELP)
    .action(async (flags: ImportFlags) => {
      const { importDashboards } = await import('../dashboards/import.ts');
      await importDashboards(flags, { stdout: process.stdout, variables: process.env });
    });
}
