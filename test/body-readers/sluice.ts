/**
 * What Sluice makes of a body: the values that its rules see, or why it refuses. Only the rules about the form of a request
 * run (rules/sluice.conf and the CRS's 901, 920, 922 and 949, paranoia level 1): a value that looks like an attack must
 * not pass for a body that is refused.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheDirectory, crsDirectory } from '../../packages/cli/src/setup/paths.ts';
import { toBytes } from '../../packages/engine/src/bytes.ts';
import { Engine, overlayFor, type RuleSet, type Verdict } from '../../packages/engine/src/index.ts';
import type { HostileBody } from './reader.ts';
import { sendBody } from './send-body.ts';

const FILES = [
  'REQUEST-901-INITIALIZATION.conf',
  'REQUEST-920-PROTOCOL-ENFORCEMENT.conf',
  'REQUEST-922-MULTIPART-ATTACK.conf',
  'REQUEST-949-BLOCKING-EVALUATION.conf',
];

/** The rules that go before all others. */
export const OWN_RULES = resolve(import.meta.dirname, '../../rules/sluice.conf');

type Named = readonly (readonly [name: string, value: string])[];

export interface SluiceReading {
  /** The rules or the cause that deny the request in Block; null where it passes. */
  readonly refusedBy: string | null;
  /** ARGS. */
  readonly args: Named;
  /** FILES with FILES_SIZES. */
  readonly files: readonly (readonly [name: string, fileName: string, sizeBytes: number])[];
  /** XML:/* and XML://@*. */
  readonly xml: readonly string[];
}

function refusalOf(verdict: Verdict, scored: readonly number[]): string | null {
  if (verdict.kind === 'allow') return null;
  if (verdict.kind === 'uninspectable') return `${verdict.cause}: ${verdict.detail}`;
  return `rules ${[...scored, verdict.ruleId].join(' ')}`;
}

export class SluiceReader {
  readonly #engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  readonly #ruleSet: RuleSet;

  constructor() {
    const directory = join(crsDirectory(), 'rules');
    const paths = [
      OWN_RULES,
      join(directory, '@crs-setup.conf.example'),
      ...FILES.map((name) => join(directory, '@owasp_crs', name)),
    ];
    const sources = paths.map((path) => ({ path, text: readFileSync(path, 'latin1') }));
    const overlay = overlayFor({ name: 'bodies', mode: 'Block', paranoia: 1 });
    this.#ruleSet = this.#engine.ruleSet(this.#engine.loadRules(sources), overlay);
  }

  read({ contentType, body }: HostileBody): SluiceReading {
    const sent = sendBody(this.#engine, this.#ruleSet, { contentType, chunks: [toBytes(body)] });
    const { verdict, matches, state } = sent;
    const scored = matches.flatMap(({ rule, targets }) =>
      targets.some(({ score }) => score > 0) ? [rule.data.id] : [],
    );
    const { request } = state;
    return {
      refusedBy: refusalOf(verdict, scored),
      args: request.args.map(({ key, value }) => [key, value]),
      files: request.files.map(({ key, value }, at) => [key, value, Number(request.filesSizes[at]?.value)]),
      xml: request.xml.map(({ value }) => value),
    };
  }
}
