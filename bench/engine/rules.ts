/** The rules that are measured: the same files for every engine. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { RuleSource } from '../../packages/cli/src/rules-test/stage-engine.ts';
import { baseFiles } from '../../packages/cli/src/serve/base-files.ts';
import { fromBytes } from '../../packages/engine/src/index.ts';
import { BenchError } from './errors.ts';

export type Paranoia = 1 | 2 | 3 | 4;

export interface RuleChoice {
  /** False: one's own rules alone. */
  readonly crs: boolean;
  readonly paranoia: Paranoia;
  /** One's own rules by path, after the CRS. */
  readonly files: readonly string[];
  /** False: Sluice remembers nothing of what it found in the values of other requests. */
  readonly memory?: boolean;
}

/** Goes before the CRS: gRPC is among the content types of this site. */
export const SITE_RULES = `SecAction "id:599100,phase:1,pass,t:none,nolog,\\
setvar:'tx.allowed_request_content_type=|application/x-www-form-urlencoded| |multipart/form-data| |text/xml| |application/json| |application/grpc|'"
`;

/**
 * Files as given, and the *.conf of folders, sorted.
 *
 * @throws BenchError BENCH_OPTION
 */
export function ownFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    const files = found?.isDirectory() ? globSync(join(resolve(path), '*.conf')).sort() : [resolve(path)];
    if (found !== undefined && files.length > 0) return files;
    const reason = found === undefined ? `there is no ${path}` : `${path} has no *.conf`;
    throw new BenchError('BENCH_OPTION', { option: '--rules', reason });
  });
}

/** Paths of the base, in their order, as the server reads them. */
export const basePaths = ({ crs }: RuleChoice): readonly string[] => baseFiles({ crs, directory: null });

const read = (path: string): RuleSource => ({
  name: path,
  text: fromBytes(readFileSync(path)),
  directory: dirname(path),
});

/** All of it as texts, with what a policy of the server sets beside its rules. */
export function ruleSources(choice: RuleChoice): readonly RuleSource[] {
  const files = [...basePaths(choice).flatMap((path) => globSync(path).sort()), ...choice.files];
  const own = (text: string): RuleSource => ({ name: '<benchmark>', text, directory: process.cwd() });
  return [own(policyText(choice)), ...files.map(read)];
}

const policyText = ({ crs, paranoia }: RuleChoice): string => `SecRuleEngine On
SecRequestBodyLimit 13107200
SecAuditEngine Off
${crs ? SITE_RULES : ''}SecAction "id:599101,phase:1,pass,t:none,nolog,\\
setvar:tx.blocking_paranoia_level=${paranoia},setvar:tx.detection_paranoia_level=${paranoia}"
`;
