/**
 * What policies cost on a shared base, and how long a start takes. Prints one object with --json, else a table.
 *
 *   node bench/overlays.ts [--json] [--policies 200] [--rounds 5]
 *
 * Each figure is the median of fresh processes, which take everything from a cache that this one has filled. Memory is
 * the resident set when each policy has judged two requests and all garbage was collected (V8's last resort, which gives
 * free pages back; "once" is after an ordinary full collection, which keeps them for what comes); what policies cost is
 * the difference between that with all of them and that with one.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  Engine,
  type HttpRequestAttributes,
  overlayFor,
  type RuleSet,
  type RuleSource,
  type RuleUnit,
} from '../packages/engine/src/index.ts';

const MODULES = process.env.GOMODCACHE ?? join(process.env.GOPATH ?? join(homedir(), 'go'), 'pkg/mod');
const CRS = join(MODULES, 'github.com/corazawaf/coraza-coreruleset/v4@v4.25.0');
const BASE = [
  resolve(import.meta.dirname, '../rules/sluice.conf'),
  join(CRS, 'rules/@crs-setup.conf.example'),
  join(CRS, 'rules/@owasp_crs/*.conf'),
];
const RULES_OF_POLICY = 20;
const WORDS = ['invoice', 'basket', 'login', 'report', 'upload', 'search', 'session', 'export'];

/** Exclusions and twenty rules, no two policies with the same. */
function rulesOf(policy: number): readonly RuleSource[] {
  const rules = Array.from({ length: RULES_OF_POLICY }, (_, n) => {
    const word = WORDS[(policy + n) % WORDS.length];
    const operator =
      n % 4 === 3 ? `@pm ${word}${policy} drop${n}` : `@rx (?i)${word}[-_]?${policy}[a-f]{2,${n + 3}}=\\d+`;
    return `SecRule ARGS|REQUEST_URI "${operator}" "id:${1_000 + n},phase:2,deny,status:403"`;
  });
  const exclusions = `SecRuleRemoveById ${942_100 + 10 * (policy % 30)} 920${300 + 10 * (policy % 5)}
SecRuleUpdateTargetById 941100-941${110 + 10 * (policy % 9)} "!ARGS:comment${policy}"
SecRuleRemoveByTag attack-${['rce', 'lfi', 'php'][policy % 3]}`;
  return [{ path: `policy-${policy}.conf`, text: [exclusions, ...rules].join('\n') }];
}

function addPolicy(engine: Engine, base: RuleUnit, policy: number, rules = rulesOf(policy)): RuleSet {
  const after = [engine.loadRules(rules)];
  const inboundThreshold = 5 + (policy % 7);
  return engine.ruleSet(
    base,
    overlayFor({ name: `${policy}`, mode: 'Block', paranoia: 1, inboundThreshold, after }),
  );
}

const attributes = (uri: string): HttpRequestAttributes => ({
  id: 'request-1',
  method: 'GET',
  uri,
  protocol: 'HTTP/1.1',
  headers: [
    ['Host', 'shop.example'],
    [
      'User-Agent',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36',
    ],
    ['Accept', 'text/html,application/xhtml+xml'],
    ['Accept-Language', 'en-US,en;q=0.9'],
    ['Cookie', 'session=abcdef0123456789; lang=en'],
  ],
  client: { address: '192.0.2.1', port: 40_000 },
  server: { address: '192.0.2.2', port: 80 },
});

const HARMLESS = '/products/list?category=shoes&color=red&page=2&q=running+shoes';
const ATTACK = "/products/list?q=1'%20union%20select%20password%20from%20users--";

function judge(engine: Engine, ruleSet: RuleSet, uri: string): string {
  const transaction = engine.transaction(ruleSet, attributes(uri));
  transaction.requestHeaders();
  const verdict = transaction.requestEnd();
  transaction.finish();
  return verdict.kind;
}

/** Figures of one process, in milliseconds and megabytes. */
type Figures = Readonly<Record<string, number>>;

/** Time from a new engine to the first verdict of a GET, and its parts. */
function start(cacheDirectory: string): Figures {
  const cpu = process.cpuUsage();
  const times = [performance.now()];
  const engine = new Engine({ cacheDirectory });
  const base = engine.loadFiles(BASE, { paranoiaMax: 1 });
  times.push(performance.now());
  const ruleSet = engine.ruleSet(base, overlayFor({ name: 'one', mode: 'Block', paranoia: 1 }));
  times.push(performance.now());
  judge(engine, ruleSet, HARMLESS);
  times.push(performance.now());
  const { user, system } = process.cpuUsage(cpu);
  const [begun = 0, loaded = 0, linked = 0, judged = 0] = times;
  return {
    startMillis: judged - begun,
    loadMillis: loaded - begun,
    linkMillis: linked - loaded,
    firstVerdictMillis: judged - linked,
    startProcessorMillis: (user + system) / 1_000,
  };
}

/** Memory with so many policies, and what a change of one takes: its rules compiled, put on the base, and asked. */
function memory(cacheDirectory: string, policies: number): Figures {
  const engine = new Engine({ cacheDirectory });
  const base = engine.loadFiles(BASE, { paranoiaMax: 1 });
  const sets = Array.from({ length: policies }, (_, policy) => addPolicy(engine, base, policy));
  for (const set of sets) for (const uri of [HARMLESS, ATTACK]) judge(engine, set, uri);
  const { gc } = globalThis;
  if (gc === undefined) process.exit(2);
  gc();
  const megabytesOnce = process.memoryUsage().rss / 1e6;
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  const megabytes = process.memoryUsage().rss / 1e6;
  const begun = performance.now();
  const fresh = `SecRule ARGS "@rx fresh${process.hrtime.bigint()}[a-z]+" "id:2000,phase:2,deny"`;
  const changed = addPolicy(engine, base, 0, [...rulesOf(0), { path: 'fresh.conf', text: fresh }]);
  judge(engine, changed, HARMLESS);
  return { megabytes, megabytesOnce, changeMillis: performance.now() - begun };
}

function fill(cacheDirectory: string, policies: number): Figures {
  const begun = performance.now();
  const engine = new Engine({ cacheDirectory });
  const base = engine.loadFiles(BASE, { paranoiaMax: 1 });
  for (let policy = 0; policy < policies; policy++) addPolicy(engine, base, policy);
  return { fillMillis: performance.now() - begun };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Medians of so many fresh processes. */
function measured(rounds: number, ...task: readonly string[]): Figures {
  const runs = Array.from({ length: rounds }, () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--expose-gc', '--disable-warning=ExperimentalWarning', import.meta.filename, ...task],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    );
    if (status !== 0) process.exit(status ?? 1);
    return JSON.parse(stdout) as Figures;
  });
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name] ?? Number.NaN))]));
}

function report(policies: number, rounds: number): Figures {
  const cache = mkdtempSync(join(tmpdir(), 'sluice-overlays-'));
  try {
    measured(1, '--task', 'fill', '--cache', cache, '--policies', String(policies));
    const started = measured(rounds, '--task', 'start', '--cache', cache);
    const one = measured(rounds, '--task', 'memory', '--cache', cache, '--policies', '1');
    const all = measured(rounds, '--task', 'memory', '--cache', cache, '--policies', String(policies));
    return {
      ...started,
      policies,
      megabytesOfOne: one.megabytes ?? Number.NaN,
      megabytesOfAll: all.megabytes ?? Number.NaN,
      megabytesMore: (all.megabytes ?? Number.NaN) - (one.megabytes ?? Number.NaN),
      megabytesMoreOnce: (all.megabytesOnce ?? Number.NaN) - (one.megabytesOnce ?? Number.NaN),
      changeMillis: all.changeMillis ?? Number.NaN,
    };
  } finally {
    rmSync(cache, { recursive: true });
  }
}

if (globSync(BASE).length < BASE.length) {
  console.error('The CRS is not on this machine: run ./sluice setup first.');
  process.exit(1);
}
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    policies: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    task: { type: 'string' },
    cache: { type: 'string', default: '' },
  },
});
const policies = Number(values.policies);
if (values.task === 'fill') console.log(JSON.stringify(fill(values.cache, policies)));
else if (values.task === 'start') console.log(JSON.stringify(start(values.cache)));
else if (values.task === 'memory') console.log(JSON.stringify(memory(values.cache, policies)));
else {
  const figures = report(policies, Number(values.rounds));
  if (values.json) console.log(JSON.stringify(figures, null, 2));
  else console.table(figures);
}
