/** What the tests of rule sets share: the CRS in any arrangement, compiled once, and the course of a message. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crsBase } from '../../packages/cli/src/rules-test/rule-sources.ts';
import { cacheDirectory, crsDirectory } from '../../packages/cli/src/setup/paths.ts';
import {
  Engine,
  fromBytes,
  type HeaderList,
  overlayFor,
  type PolicyOverlay,
  type RuleProgram,
  type RuleSet,
  type RuleSource,
  type RuleUnit,
} from '../../packages/engine/src/index.ts';

/** Compiling all patterns takes half a minute on two idle cores, and machines are shared. */
export const COMPILE_MILLIS = 600_000;

export const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });

/** The CRS as `sluice serve` has it, in the order of its files: Sluice's set-up, crs-setup.conf.example, the rules. */
export const crsSources: readonly RuleSource[] = crsBase(crsDirectory()).map(({ name, text, directory }) => ({
  path: resolve(directory, name),
  text,
}));
const setupAt = crsSources.findIndex(({ path }) => path.endsWith('@crs-setup.conf.example'));

/** crs-setup.conf.example as it ships. */
export const setupText = fromBytes(readFileSync(join(crsDirectory(), 'rules/@crs-setup.conf.example')));

let whole: RuleUnit | null = null;

/** The CRS as it ships, in all levels. */
export const wholeCrs = (): RuleUnit => {
  whole ??= engine.loadRules(crsSources);
  return whole;
};

/**
 * A unit of other texts with the prefilter of the CRS: the patterns are the same, so that nothing is compiled but the
 * texts. Patterns that the CRS has not are asked without a prefilter.
 */
export function unitOf(sources: readonly RuleSource[], base: RuleUnit = wholeCrs()): RuleUnit {
  const { prefilter, patterns } = base;
  return {
    program: programOf(sources),
    // Another object for each unit: a linker keeps what it linked by the prefilter.
    prefilter: { ...prefilter, scan: (values, report) => prefilter.scan(values, report) },
    ...(patterns === undefined ? {} : { patterns }),
  };
}

const programs = new Map<string, RuleProgram>();

/** Texts compiled, once for all tests of a file that have the same: the CRS takes a second of computing. */
export function programOf(sources: readonly RuleSource[]): RuleProgram {
  const key = createHash('sha256').update(JSON.stringify(sources)).digest('hex');
  const program = programs.get(key) ?? engine.compile(sources);
  programs.set(key, program);
  return program;
}

/** Rule texts around the CRS's files. */
export interface Arrangement {
  /** In place of crs-setup.conf.example; null leaves it out. */
  readonly setup?: string | null;
  /** Between the set-up and the rules. */
  readonly before?: string;
  /** Behind the rules. */
  readonly after?: string;
}

export function arrange({ setup = setupText, before = '', after = '' }: Arrangement): readonly RuleSource[] {
  const own = (path: string, text: string | null): RuleSource[] =>
    text === null || text === '' ? [] : [{ path: resolve(path), text }];
  return [
    ...crsSources.slice(0, setupAt),
    ...own('crs-setup.conf', setup),
    ...own('before.conf', before),
    ...crsSources.slice(setupAt + 1),
    ...own('after.conf', after),
  ];
}

export const policyOf = (policy: Partial<PolicyOverlay> = {}): PolicyOverlay => ({
  name: 'test',
  mode: 'Block',
  ...policy,
});

/** The CRS so arranged, under a policy. */
export const crsRuleSet = (arrangement: Arrangement = {}, policy: Partial<PolicyOverlay> = {}): RuleSet =>
  engine.ruleSet(
    Object.keys(arrangement).length === 0 ? wholeCrs() : unitOf(arrange(arrangement)),
    overlayFor(policyOf(policy)),
  );

export const BROWSER: HeaderList = [
  ['Host', 'shop.example'],
  ['User-Agent', 'Mozilla/5.0'],
  ['Accept', '*/*'],
];

export interface Message {
  readonly id?: string;
  readonly method?: string;
  readonly uri?: string;
  readonly protocol?: string;
  /** Beside those of a browser. */
  readonly headers?: HeaderList;
  /** Content-Type of the body; null for none. */
  readonly type?: string | null;
  /** One byte a character. */
  readonly body?: string;
  readonly client?: string;
  readonly response?: { readonly status?: number; readonly body?: string };
}

export const FORM = 'application/x-www-form-urlencoded';

/** Runs a message through all phases, and gives what came of it as plain data. */
export function judge(ruleSet: RuleSet, message: Message = {}) {
  const { body = '', type = FORM } = message;
  const ofBody: HeaderList = [
    ...(body === '' ? [] : [['Content-Length', String(body.length)] as const]),
    ...(body === '' || type === null ? [] : [['Content-Type', type] as const]),
  ];
  const transaction = engine.transaction(ruleSet, {
    id: message.id ?? 'request-1',
    method: message.method ?? (body === '' ? 'GET' : 'POST'),
    uri: message.uri ?? '/',
    protocol: message.protocol ?? 'HTTP/1.1',
    headers: [...BROWSER, ...(message.headers ?? []), ...ofBody],
    client: { address: message.client ?? '192.0.2.1', port: 40_000 },
    server: { address: '192.0.2.2', port: 443 },
  });
  transaction.requestHeaders();
  if (body !== '') transaction.requestBody(Buffer.from(body, 'latin1'));
  const onRequest = transaction.requestEnd();
  const { response } = message;
  const answered = response !== undefined && (onRequest.kind === 'allow' || transaction.mode !== 'Block');
  if (answered) {
    const headers: HeaderList = [['Content-Type', 'text/html']];
    transaction.responseHeaders({ status: response.status ?? 200, protocol: 'HTTP/1.1', headers });
    transaction.responseBody(Buffer.from(response.body ?? '', 'latin1'));
    transaction.responseEnd();
  }
  const { verdict, matches, failures, state } = transaction.finish();
  return {
    verdict,
    kind: verdict.kind,
    failures,
    /** Rules that matched, in order. */
    ids: matches.map(({ rule }) => rule.data.id),
    /** Those of them that log. */
    logged: matches.filter(({ rule }) => rule.data.log).map(({ rule }) => rule.data.id),
    matches,
    /** What each rule matched: `ARGS:a`. */
    labels: (id: number) =>
      matches
        .filter(({ rule }) => rule.data.id === id)
        .flatMap(({ targets }) => targets.map(({ label }) => label)),
    tx: Object.fromEntries(state.tx.list().map(({ lowerKey, value }) => [lowerKey, value])),
  };
}

export type Outcome = ReturnType<typeof judge>;
