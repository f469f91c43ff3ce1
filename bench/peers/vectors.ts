/** The vectors of operators and transformations, asked of the peers by small rules. */
import { join } from 'node:path';
import type { OperatorVectors, VectorArgument } from '../../packages/engine/test/operators/vector.ts';
import type { TransformationVectors } from '../../packages/engine/test/transformations/vector.ts';
import { readVectorFiles } from '../../packages/engine/test/vector-files.ts';
import type { PeerName } from './build.ts';
import { openPeer, type Peer, type PeerRequest } from './peer.ts';
import { peerFiles, peerRules } from './rules.ts';

export interface VectorDifference {
  readonly peer: PeerName;
  /** "t:urlDecode" or "@rx". */
  readonly name: string;
  /** Of operators; '' of transformations. */
  readonly argument: string;
  /** Bytes, one a character. */
  readonly value: string;
  readonly expected: string;
  readonly given: string;
}

export interface VectorComparison {
  readonly compared: number;
  readonly differences: readonly VectorDifference[];
}

/** Longer values would test the peers' limits rather than their operators. */
const VALUE_BYTES_MAX = 2_000;
/** What the peer's program tells of a transaction: the one TX variable that is free for any use here. */
const TOLD = 'blocking_inbound_anomaly_score';
/** rbl asks the network, geoLookup a database; validateSchema is about whole documents, and of XML in ModSecurity. */
const NOT_ASKED = ['rbl', 'geoLookup', 'validateSchema'];
const DATASET_OPERATORS = ['ipMatchFromDataset', 'pmFromDataset'];
/** Seen in the peers' registries; RATIONALE and docs/seclang.md say what of theirs is missing here. */
const LACKED: Readonly<Record<PeerName, readonly string[]>> = {
  coraza: [
    ...['containsWord', 'rxGlobal', 'verifyCC', 'verifyCPF', 'verifySSN', 'verifySVNR'],
    ...['parityEven7bit', 'parityOdd7bit', 'parityZero7bit', 'sqlHexDecode'],
  ],
  modsecurity: [...DATASET_OPERATORS, 'restpath', 'validateNid'],
};
/** Arguments with which a peer refuses the rule: what RE2 lacks, braces of a path that hold no name; networks of one IPv6 address or all, blanks in a list. */
const REFUSED: Readonly<Record<PeerName, RegExp>> = {
  coraza: /\\[1-9]|\(\?[=!<>]|[+*?]\+|^\/.*(?:\{\d|\\\{)/,
  modsecurity: /\/(?:0|128)$|\d, /m,
};
/** What needs no quoting in any of the engines. */
const PLAIN_ARGUMENT = /^(?:|[#-~](?:[ !#-~]*[!#-[\]-~])?)$/;

interface Asked {
  readonly name: string;
  readonly argument: VectorArgument;
  readonly value: string;
  readonly expected: string;
  readonly ruleId: number;
}

const folder = (kind: string): string =>
  join(import.meta.dirname, '../../packages/engine/test', kind, 'vectors');
const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const percent = (text: string): string => hex(text).replace(/../g, '%$&');

function requestOf(value: string, name: string): PeerRequest {
  return {
    method: 'POST',
    uri: '/',
    protocol: 'HTTP/1.1',
    headers: [
      ['Host', 'localhost'],
      ['X-Name', name],
      ['Content-Type', 'application/x-www-form-urlencoded'],
    ],
    body: Buffer.from(`a=${percent(value)}`, 'latin1'),
  };
}

const PREAMBLE = 'SecRuleEngine On\nSecRequestBodyAccess On\n';

async function open(
  name: PeerName,
  rules: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Peer> {
  const text = peerRules(name, [{ name: '<vectors>', text: PREAMBLE + rules, directory: '' }]);
  return openPeer(name, text, { files: { ...peerFiles(name), ...files } });
}

/** Compares what each transformation makes of its inputs. */
export async function compareTransformations(peerName: PeerName): Promise<VectorComparison> {
  const asked: Asked[] = [];
  for (const [name, { groups }] of await readVectorFiles<TransformationVectors>(folder('transformations'))) {
    if (LACKED[peerName].includes(name)) continue;
    const cases = groups.flatMap((group) => group.cases).filter(([input]) => input.length <= VALUE_BYTES_MAX);
    for (const [value, output] of cases) {
      asked.push({ name: `t:${name}`, argument: '', value, expected: hex(output), ruleId: 0 });
    }
  }
  const names = [...new Set(asked.map(({ name }) => name))];
  const rules = names.map(
    (name, index) =>
      `SecRule REQUEST_HEADERS:X-Name "@streq ${name}" "id:${index + 1},phase:2,pass,nolog,chain"\n` +
      `SecRule ARGS_POST:a "@unconditionalMatch" "t:none,${name},t:hexEncode,setvar:tx.${TOLD}=x%{MATCHED_VAR}"\n`,
  );
  const peer = await open(peerName, rules.join(''));
  const answers = await Promise.all(asked.map(({ name, value }) => peer.inspect(requestOf(value, name))));
  await peer.close();
  return comparison(
    peerName,
    asked,
    (_, index) => answers[index]?.scores[TOLD]?.replace(/^x/, '') ?? 'nothing',
  );
}

/** Compares whether each operator matches; what it captures is not compared. */
export async function compareOperators(peerName: PeerName): Promise<VectorComparison> {
  const files: Record<string, string> = {};
  const asked: Asked[] = [];
  const rules: string[] = [];
  for (const [name, { groups }] of await readVectorFiles<OperatorVectors>(folder('operators'))) {
    if (LACKED[peerName].includes(name) || NOT_ASKED.includes(name)) continue;
    const ruleIds = new Map<string, number>();
    for (const [argument, value, expected] of groups.flatMap(({ cases }) => cases)) {
      const written = writtenArgument(name, argument, files);
      if (written === null || value.length > VALUE_BYTES_MAX) continue;
      if (REFUSED[peerName].test(typeof argument === 'string' ? argument : argument.join('\n'))) continue;
      let ruleId = ruleIds.get(written);
      if (ruleId === undefined) {
        ruleId = rules.length + 1;
        ruleIds.set(written, ruleId);
        const dataset = DATASET_OPERATORS.includes(name)
          ? `SecDataset ${written} \`\n${files[written]}\`\n`
          : '';
        rules.push(
          `${dataset}SecRule ARGS_POST:a "@${name} ${written}" "id:${ruleId},phase:2,pass,log,t:none"\n`,
        );
      }
      asked.push({ name: `@${name}`, argument, value, expected: told(expected !== false), ruleId });
    }
  }
  const peer = await open(peerName, rules.join(''), files);
  const answers = await Promise.all(asked.map(({ value }) => peer.inspect(requestOf(value, ''))));
  await peer.close();
  return comparison(peerName, asked, ({ ruleId }, index) =>
    told(answers[index]?.ruleIds.includes(ruleId) === true),
  );
}

const told = (matches: boolean): string => (matches ? 'match' : 'no match');

/** The argument as a rule has it, or null where the engines would read it in different ways. */
function writtenArgument(
  name: string,
  argument: VectorArgument,
  files: Record<string, string>,
): string | null {
  if (typeof argument === 'string') return isWritten(name, argument) ? argument : null;
  if (argument.length === 0 || !argument.every((line) => PLAIN_ARGUMENT.test(line))) return null;
  const file = `${name}-${hex(argument.join('\n')).slice(0, 100)}.data`;
  files[file] = `${argument.join('\n')}\n`;
  return file;
}

const isWritten = (name: string, argument: string): boolean =>
  TAKES_NOTHING.includes(name) ? argument === '' : argument !== '' && PLAIN_ARGUMENT.test(argument);

const TAKES_NOTHING = [
  'validateUrlEncoding',
  'validateUtf8Encoding',
  'detectSQLi',
  'detectXSS',
  'unconditionalMatch',
  'noMatch',
];

function comparison(
  peer: PeerName,
  asked: readonly Asked[],
  givenOf: (asked: Asked, index: number) => string,
): VectorComparison {
  const differences = asked.flatMap((one, index): VectorDifference[] => {
    const given = givenOf(one, index);
    const { name, value, expected } = one;
    const argument = typeof one.argument === 'string' ? one.argument : one.argument.join('\n');
    return given === expected ? [] : [{ peer, name, argument, value, expected, given }];
  });
  return { compared: asked.length, differences };
}
