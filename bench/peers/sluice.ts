/** The engine under test, asked the same questions as its peers. */
import { join, resolve } from 'node:path';
import { respond } from '../../packages/cli/src/rules-test/backend.ts';
import { crsSources } from '../../packages/cli/src/rules-test/rule-sources.ts';
import type { ParsedRequest, RuleSource } from '../../packages/cli/src/rules-test/stage-engine.ts';
import { cacheDirectory, crsDirectory } from '../../packages/cli/src/setup/paths.ts';
import { Engine, overlayFor, type RuleSet } from '../../packages/engine/src/index.ts';

const LOCAL = { address: '127.0.0.1', port: 80 };
const PARANOIA = 4;

/** The recommended configuration's rules about bodies: all engines are to call the same ones malformed. */
export const BODY_ERROR_RULE = 200_002;
export const BODY_STRICT_RULE = 200_003;
const BODY_RULES = `
SecRule REQBODY_ERROR "!@eq 0" "id:${BODY_ERROR_RULE},phase:2,t:none,log,pass,msg:'The body is malformed'"
SecRule MULTIPART_STRICT_ERROR "!@eq 0" "id:${BODY_STRICT_RULE},phase:2,t:none,log,pass,msg:'The body is not strict'"
`;

/** What all engines read: the set-up that the Core Rule Set's tests ask for, all its rules, and those above. */
export function comparedSources(): { readonly crs: readonly RuleSource[]; readonly after: RuleSource } {
  const directory = crsDirectory();
  const after = { name: '<body errors>', text: BODY_RULES, directory };
  return { crs: crsSources(directory, PARANOIA), after };
}

export interface Sluice {
  /** The ids of the rules that matched and log, in order. Throws what a rule failed with. */
  inspect(request: ParsedRequest): readonly number[];
  /** The same where ^ and $ of every pattern match at every line, as both peers have it. */
  inspectMultiLine(request: ParsedRequest): readonly number[];
}

/** The operator of every pattern; what follows is the pattern. */
const PATTERN = /(?<="!?)@rx (?=\S)/g;

const source = ({ name, text, directory }: RuleSource) => ({ path: resolve(directory, name), text });

/** Compiles the rules, or loads what an earlier run compiled: the CRS's own tests have the same ones. */
export function openSluice(): Sluice {
  const { crs, after } = comparedSources();
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const overlay = overlayFor({ name: 'peers', mode: null, after: [engine.loadRules([source(after)])] });
  const linked = (sources: readonly RuleSource[]): RuleSet =>
    engine.ruleSet(engine.loadRules(sources.map(source)), overlay);
  const ruleSet = linked(crs);
  let multiLine: RuleSet | null = null;
  return {
    inspect: (request) => inspect(engine, ruleSet, request),
    inspectMultiLine(request) {
      multiLine ??= linked(crs.map((each) => ({ ...each, text: each.text.replace(PATTERN, '$&(?m)') })));
      return inspect(engine, multiLine, request);
    },
  };
}

function inspect(engine: Engine, ruleSet: RuleSet, request: ParsedRequest): readonly number[] {
  const { method, uri, protocol, headers } = request;
  const client = { ...LOCAL, port: 40_000 };
  const transaction = engine.transaction(ruleSet, {
    id: 'peers',
    method,
    uri,
    protocol,
    headers,
    client,
    server: LOCAL,
  });
  transaction.requestHeaders();
  transaction.requestBody(request.body);
  transaction.requestEnd();
  const response = respond(request);
  transaction.responseHeaders({ status: response.status, protocol, headers: response.headers });
  transaction.responseBody(response.body);
  transaction.responseEnd();
  const { matches, failures } = transaction.finish();
  const [failure] = failures;
  if (failure !== undefined) throw failure.error;
  return matches.filter(({ rule }) => rule.data.log).map(({ rule }) => rule.data.id);
}
