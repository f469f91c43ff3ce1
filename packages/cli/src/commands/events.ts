/** `sluice events …`: asking stores of events from a terminal. */
import { type Command, Option } from 'commander';
import type { ExplainFlags } from '../events/explain.ts';
import type { ExportFlags } from '../events/export.ts';
import type { SearchFlags } from '../events/search.ts';
import type { EventsEnvironment } from '../events/session.ts';
import type { ShowFlags } from '../events/show.ts';
import type { StatsFlags } from '../events/stats.ts';
import type { TailFlags } from '../events/tail.ts';

const STORES = `
Which store: --store, else SLUICE_STORE, else where ./sluice demo keeps its events.
docs/events-cli.md has all of it, docs/query.md the language.`;

const STATUS = 'Exit status: 0 something was found, 4 nothing was, 1 an error, 2 a wrong call.';

const SEARCH_HELP = `
Examples:
  sluice events search '"rule_info" IN {"*942100*"}' --json
  sluice events search '"waf.would_block" = true AND "source.ip" = "203.0.113.7"' --from -15m
  sluice events search '"waf.rules.id" IN {"942*"} AND NOT "waf.policy" = "shop"' --from now-1d --sort event.duration
  sluice events search --store https://hub.example:9443 --all

${STATUS}
${STORES}`;

const TAIL_HELP = `
Examples:
  sluice events tail
  sluice events tail '"event.type" = "denied"' --lines 50
  sluice events tail --json | jq -r .url.path

It goes on until Ctrl-C. A store that is away is waited for.
${STORES}`;

const SHOW_HELP = `
Examples:
  sluice events show 01JD3Z7Q9C0000000000000000
  sluice events show 2f1c6d8e-0000-4000-8000-000000000000 --json

${STATUS}
${STORES}`;

const EXPLAIN_HELP = `
Examples:
  sluice events explain 2f1c6d8e-0000-4000-8000-000000000000     # the id on the block page
  sluice events explain 01JD3Z7Q9C0000000000000000 --verbose

${STATUS}
${STORES}`;

const STATS_HELP = `
Examples:
  sluice events stats --from -1d
  sluice events stats '"waf.policy" = "shop"' --top 20 --json

${STATUS}
${STORES}`;

const EXPORT_HELP = `
Examples:
  sluice events export > events.ndjson
  sluice events export '"waf.rules.id" = "942100"' --from 2026-11-01 --to 2026-12-01 --output attacks.ndjson
  sluice events export --format modsecurity-native --output modsec_audit.log

A line of JSON for each document, oldest first. A file that is there already is not overwritten.
${STATUS}
${STORES}`;

/** Milliseconds between two looks of tail, and between two attempts where the store is away. */
const POLL_MILLIS = 500;
const AWAY_MILLIS_MAX = 10_000;

export function register(program: Command): void {
  const events = program.command('events').description('search, follow, explain and count stored events');
  registerSearch(events);
  registerTail(events);
  registerShow(events);
  registerExplain(events);
  registerStats(events);
  registerExport(events);
}

const storeOptions = (command: Command): Command =>
  command
    .option('--store <address>', 'sqlite:PATH, http(s)://HUB or elasticsearch:URL')
    .option('-v, --verbose', 'say which store is asked, and leave less out');

const dataSetOption = (command: Command): Command =>
  command.addOption(
    new Option('--data-set <name>', 'events of the firewall, the view of all HTTP, or what alerts told')
      .choices(['waf', 'l7', 'alert'])
      .default('waf'),
  );

const selectOptions = (command: Command): Command =>
  dataSetOption(storeOptions(command))
    .option('--from <time>', 'from then on: 2026-11-23, 2026-11-23T06:15:00Z, -15m, now-1d')
    .option('--to <time>', 'before then');

async function environment(): Promise<EventsEnvironment> {
  const { openStore } = await import('../events/open-store.ts');
  const { stdout, stderr, env } = process;
  return {
    stdout,
    stderr,
    variables: env,
    now: Date.now,
    open: (address) => openStore(address, env),
  };
}

function registerSearch(events: Command): void {
  selectOptions(events.command('search [query]'))
    .description('find events; all of them without a query')
    .option('--sort <field>', 'FIELD, FIELD:asc or FIELD:desc', '@timestamp')
    .option('--size <number>', 'how many', '20')
    .option('--cursor <cursor>', 'go on behind a page')
    .option('--all', 'all pages')
    .option('--json', 'print one JSON object, {documents, cursor}')
    .addHelpText('after', SEARCH_HELP)
    .action(async (query: string | undefined, flags: SearchFlags) => {
      const { runSearch } = await import('../events/search.ts');
      process.exitCode = await runSearch(query ?? '', flags, await environment());
    });
}

function registerTail(events: Command): void {
  selectOptions(events.command('tail [query]'))
    .description('follow events as they come')
    .option('-n, --lines <number>', 'of those that are there already, the last so many', '10')
    .option('--json', 'print a line of JSON for each')
    .addHelpText('after', TAIL_HELP)
    .action(async (query: string | undefined, flags: TailFlags) => {
      const { runTail } = await import('../events/tail.ts');
      const over = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => over.abort());
      await runTail(query ?? '', flags, {
        ...(await environment()),
        signal: over.signal,
        pollMillis: POLL_MILLIS,
        awayMillisMax: AWAY_MILLIS_MAX,
      });
    });
}

function registerShow(events: Command): void {
  dataSetOption(storeOptions(events.command('show <id>')))
    .description('all fields of an event, by its id or its request id')
    .option('--json', 'print the document, a line for each')
    .addHelpText('after', SHOW_HELP)
    .action(async (id: string, flags: ShowFlags) => {
      const { runShow } = await import('../events/show.ts');
      process.exitCode = await runShow(id, flags, await environment());
    });
}

function registerExplain(events: Command): void {
  storeOptions(events.command('explain <id>'))
    .description('why a request was, or would be, refused, by its request id or event id')
    .option('--json', 'print the story as JSON, a line for each event')
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (id: string, flags: ExplainFlags) => {
      const { runExplain } = await import('../events/explain.ts');
      process.exitCode = await runExplain(id, flags, await environment());
    });
}

function registerStats(events: Command): void {
  selectOptions(events.command('stats [query]'))
    .description('volume, actions, top rules, sources and destinations, coverage')
    .option('--top <number>', 'how many of each', '10')
    .option('--json', 'print one JSON object')
    .addHelpText('after', STATS_HELP)
    .action(async (query: string | undefined, flags: StatsFlags) => {
      const { runStats } = await import('../events/stats.ts');
      process.exitCode = await runStats(query ?? '', flags, await environment());
    });
}

function registerExport(events: Command): void {
  selectOptions(events.command('export [query]'))
    .description('write events as NDJSON, or as audit logs of ModSecurity')
    .option('-o, --output <file>', 'instead of standard output')
    .addOption(
      new Option('--format <format>', "a line of JSON each, or ModSecurity's audit logs")
        .choices(['ndjson', 'modsecurity', 'coraza', 'modsecurity-native'])
        .default('ndjson'),
    )
    .addHelpText('after', EXPORT_HELP)
    .action(async (query: string | undefined, flags: ExportFlags) => {
      const { runExport } = await import('../events/export.ts');
      process.exitCode = await runExport(query ?? '', flags, await environment());
    });
}
