/**
 * Variables by name: how each is read from a transaction's state, and whether its values are fixed once its phase began.
 * Fixed values can be scanned ahead; the others (TX, MATCHED_VARS, clocks …) change while rules run.
 */
import { printMacro } from '../language/macro.ts';
import { credentialsOf, fullRequest, fullRequestHead } from './derived.ts';
import { makePair, NO_PAIRS, nameOf, type Pair, scalar } from './pair.ts';
import { PERSISTENT_COLLECTIONS } from './persistent.ts';
import type { RequestData } from './request-data.ts';
import type { VariableState } from './state.ts';

export interface VariableReader {
  readonly name: string;
  /** False where rules of the same phase can change what it reads. */
  readonly fixed: boolean;
  read(state: VariableState): readonly Pair[];
}

type Read = (state: VariableState) => readonly Pair[];

const ON = Object.freeze(scalar('1'));
const OFF = Object.freeze(scalar('0'));
const flag = (value: boolean): readonly Pair[] => (value ? ON : OFF);
const optional = (value: string | null | undefined): readonly Pair[] =>
  value === null || value === undefined ? NO_PAIRS : scalar(value);
const sum = (pairs: readonly Pair[]): number => pairs.reduce((total, pair) => total + Number(pair.value), 0);
const namesOf = (pairs: readonly Pair[]): readonly Pair[] => pairs.map(nameOf);

let headParts = 0;
/** Of what stands there from the beginning and never changes: made at the first reading. */
function ofHead(make: (request: RequestData) => readonly Pair[]): Read {
  const part = headParts++;
  return (state) => state.request.headPart(part, make);
}

const REQUEST: Readonly<Record<string, Read>> = {
  ARGS: (state) => state.request.args,
  ARGUMENTS_LIMIT_REACHED: (state) => flag(state.request.argumentsOverLimit),
  AUTH_TYPE: (state) => optional(credentialsOf(state)?.scheme),
  ARGS_COMBINED_SIZE: (state) => scalar(String(state.request.argsBytes)),
  ARGS_GET: (state) => state.request.argsGet,
  ARGS_GET_NAMES: (state) => state.request.argsGetNames,
  ARGS_NAMES: (state) => state.request.argsNames,
  ARGS_POST: (state) => state.request.argsPost,
  ARGS_POST_NAMES: (state) => state.request.argsPostNames,
  // Both can only be told once the body is known: see transaction/request-body.ts.
  FULL_REQUEST: (state) => scalar(fullRequest(state)),
  FULL_REQUEST_LENGTH: (state) => scalar(String(fullRequestHead(state).length + state.request.bodyBytes)),
  FILES: (state) => state.request.files,
  FILES_COMBINED_SIZE: (state) => scalar(String(sum(state.request.filesSizes))),
  FILES_TMP_CONTENT: (state) => state.request.filesContents,
  FILES_NAMES: (state) => state.request.filesNames,
  FILES_SIZES: (state) => state.request.filesSizes,
  INBOUND_DATA_ERROR: (state) => flag(state.request.inboundDataError),
  MULTIPART_FILENAME: (state) => state.request.files,
  MULTIPART_NAME: (state) => state.request.filesNames,
  MULTIPART_PART_HEADERS: (state) => state.request.partHeaders,
  // A proxy sees no script: the whole path, as libmodsecurity has it.
  PATH_INFO: ofHead(({ target }) => scalar(target.filename)),
  QUERY_STRING: ofHead(({ target }) => scalar(target.query ?? '')),
  REMOTE_ADDR: ofHead(({ attributes }) => scalar(attributes.client.address)),
  // Names are not looked up; httpd, which need not either, then has the address here.
  REMOTE_HOST: (state) => scalar(state.request.attributes.client.address),
  REMOTE_USER: (state) => optional(credentialsOf(state)?.user),
  REMOTE_PORT: (state) => scalar(String(state.request.attributes.client.port)),
  REQBODY_ERROR: (state) => flag(state.request.bodyError !== null),
  REQBODY_ERROR_MSG: (state) => scalar(state.request.bodyError?.message ?? ''),
  REQBODY_PROCESSOR_ERROR: (state) => flag(state.request.bodyError !== null),
  REQBODY_PROCESSOR_ERROR_MSG: (state) => scalar(state.request.bodyError?.message ?? ''),
  REQUEST_BASENAME: ofHead(({ target }) => scalar(target.basename)),
  REQUEST_BODY: (state) => optional(state.request.bodyText),
  REQUEST_BODY_LENGTH: (state) => scalar(String(state.request.bodyBytes)),
  REQUEST_COOKIES: (state) => state.request.cookies,
  REQUEST_COOKIES_NAMES: (state) => state.request.cookiesNames,
  REQUEST_FILENAME: ofHead(({ target }) => scalar(target.filename)),
  REQUEST_HEADERS: (state) => state.request.headers,
  REQUEST_HEADERS_NAMES: ofHead(({ headers, shape }) => shape?.namePairs ?? namesOf(headers)),
  REQUEST_LINE: ofHead(({ attributes: { method, uri, protocol } }) => scalar(`${method} ${uri} ${protocol}`)),
  REQUEST_METHOD: ofHead(({ attributes }) => scalar(attributes.method)),
  REQUEST_PROTOCOL: ofHead(({ attributes }) => scalar(attributes.protocol)),
  REQUEST_URI: ofHead(({ target }) => scalar(target.uri)),
  REQUEST_URI_RAW: ofHead(({ attributes }) => scalar(attributes.uri)),
  SERVER_ADDR: (state) => scalar(state.request.attributes.server.address),
  SERVER_NAME: ofHead((request) => scalar(request.header('host')?.replace(/:\d+$/, '') ?? '')),
  SERVER_PORT: (state) => scalar(String(state.request.attributes.server.port)),
  UNIQUE_ID: (state) => scalar(state.uniqueId),
  // No request target fails to be taken apart here.
  URI_PARSE_ERROR: () => flag(false),
  // The proxy has already decided which address is the client's.
  USERAGENT_IP: (state) => scalar(state.request.attributes.client.address),
  WEBAPPID: (state) => scalar(state.webAppId),
  URLENCODED_ERROR: (state) => flag(state.request.badUrlencoding),
  XML: (state) => state.request.xml,
};

/** REQUEST_BODY of rules about documents; see CompiledTarget. */
export const wholeRequestBody: Read = (state) => optional(state.request.wholeBody ?? state.request.bodyText);

/** `MULTIPART_STRICT_ERROR` is any of these (ModSecurity reference manual). */
const MULTIPART_STRICT = [
  'BOUNDARY_QUOTED',
  'BOUNDARY_WHITESPACE',
  'DATA_BEFORE',
  'DATA_AFTER',
  'HEADER_FOLDING',
  'LF_LINE',
  'MISSING_SEMICOLON',
  'INVALID_QUOTING',
  'INVALID_PART',
  'INVALID_HEADER_FOLDING',
  'FILE_LIMIT_EXCEEDED',
] as const;

const MULTIPART: Readonly<Record<string, Read>> = {
  MULTIPART_DUPLICATE_PART_HEADER: (state) => flag(state.request.multipartFlags.has('DUPLICATE_PART_HEADER')),
  MULTIPART_CRLF_LF_LINES: (state) => flag(state.request.multipartFlags.has('CRLF_LF_LINES')),
  MULTIPART_UNMATCHED_BOUNDARY: (state) => flag(state.request.multipartFlags.has('UNMATCHED_BOUNDARY')),
  ...Object.fromEntries(
    MULTIPART_STRICT.map((name): [string, Read] => [
      `MULTIPART_${name}`,
      (state) => flag(state.request.multipartFlags.has(name)),
    ]),
  ),
};

const status: Read = (state) =>
  optional(state.response === null ? null : String(state.response.attributes.status));

const responseError: Read = (state) => flag((state.response?.findings.errorMessage ?? null) !== null);
const responseErrorMessage: Read = (state) => scalar(state.response?.findings.errorMessage ?? '');

const RESPONSE: Readonly<Record<string, Read>> = {
  OUTBOUND_DATA_ERROR: (state) => flag(state.response?.outboundDataError ?? false),
  RES_BODY_ERROR: responseError,
  RES_BODY_ERROR_MSG: responseErrorMessage,
  RES_BODY_PROCESSOR_ERROR: responseError,
  RES_BODY_PROCESSOR_ERROR_MSG: responseErrorMessage,
  RESPONSE_ARGS: (state) => state.response?.findings.args ?? NO_PAIRS,
  RESPONSE_XML: (state) => state.response?.findings.xml ?? NO_PAIRS,
  RESPONSE_BODY: (state) => optional(state.response?.bodyText),
  RESPONSE_CONTENT_LENGTH: (state) => optional(state.response?.header('content-length')),
  RESPONSE_CONTENT_TYPE: (state) => optional(state.response?.header('content-type')),
  RESPONSE_HEADERS: (state) => state.response?.headers ?? NO_PAIRS,
  RESPONSE_HEADERS_NAMES: (state) => namesOf(state.response?.headers ?? NO_PAIRS),
  RESPONSE_PROTOCOL: (state) => optional(state.response?.attributes.protocol),
  RESPONSE_STATUS: status,
  STATUS: status,
  STATUS_LINE: (state) => {
    if (state.response === null) return NO_PAIRS;
    return scalar(`${state.response.attributes.protocol} ${state.response.attributes.status}`);
  },
};

const two = (value: number): string => String(value).padStart(2, '0');
const clock =
  (of: (date: Date) => string): Read =>
  (state) =>
    scalar(of(new Date(state.startedAtMillis)));

const CHANGING: Readonly<Record<string, Read>> = {
  ARGS_PATH: (state) => state.pathArguments,
  DURATION: (state) => scalar(String(state.elapsedMicros())),
  ENV: (state) => state.env.list(),
  GEO: (state) => state.geo,
  GEO_DATABASE: (state) => optional(state.geoDatabase),
  HIGHEST_SEVERITY: (state) => scalar(String(state.highestSeverity)),
  MATCHED_VAR: (state) => scalar(state.matchedVar),
  MATCHED_VARS: (state) => state.matchedVars.map(({ label, value }) => makePair(label, value)),
  MATCHED_VARS_NAMES: (state) => state.matchedVars.map(({ label }) => makePair(label, label)),
  MATCHED_VAR_NAME: (state) => scalar(state.matchedVarName),
  // ctl:requestBodyProcessor changes these two within a phase.
  MULTIPART_STRICT_ERROR: (state) =>
    flag(
      (state.request.processor === 'MULTIPART' && state.request.bodyError !== null) ||
        MULTIPART_STRICT.some((name) => state.request.multipartFlags.has(name)),
    ),
  REQBODY_PROCESSOR: (state) => scalar(state.request.processor),
  MSC_PCRE_ERROR: (state) => flag(state.matchLimitReached),
  MSC_PCRE_LIMITS_EXCEEDED: (state) => flag(state.matchLimitReached),
  RES_BODY_PROCESSOR: (state) => scalar(state.responseProcessor ?? ''),
  RULE: (state) => ruleFields(state),
  SESSIONID: (state) => scalar(state.sessionId),
  USERID: (state) => scalar(state.userId),
  TIME: clock((date) => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`),
  TIME_DAY: clock((date) => String(date.getDate())),
  TIME_EPOCH: clock((date) => String(Math.floor(date.getTime() / 1000))),
  TIME_HOUR: clock((date) => two(date.getHours())),
  TIME_MIN: clock((date) => two(date.getMinutes())),
  TIME_MON: clock((date) => String(date.getMonth())),
  TIME_SEC: clock((date) => two(date.getSeconds())),
  TIME_WDAY: clock((date) => String(date.getDay())),
  TIME_YEAR: clock((date) => String(date.getFullYear())),
  TX: (state) => state.tx.list(),
  ...Object.fromEntries(
    PERSISTENT_COLLECTIONS.map((name): [string, Read] => [
      name,
      (state) => state.persistent.get(name)?.list() ?? NO_PAIRS,
    ]),
  ),
};

function ruleFields(state: VariableState): readonly Pair[] {
  const rule = state.rule;
  if (rule === null) return NO_PAIRS;
  const fields = [makePair('id', String(rule.id))];
  if (rule.severity !== null) fields.push(makePair('severity', String(rule.severity)));
  if (rule.rev !== null) fields.push(makePair('rev', rule.rev));
  if (rule.ver !== null) fields.push(makePair('ver', rule.ver));
  // As written: a message may itself speak of the rule.
  if (rule.msg !== null) fields.push(makePair('msg', printMacro(rule.msg)));
  if (rule.logdata !== null) fields.push(makePair('logdata', printMacro(rule.logdata)));
  return fields;
}

const READERS: ReadonlyMap<string, VariableReader> = new Map(
  [
    ...Object.entries({ ...REQUEST, ...MULTIPART, ...RESPONSE }).map(([name, read]) => ({
      name,
      read,
      fixed: true,
    })),
    ...Object.entries(CHANGING).map(([name, read]) => ({ name, read, fixed: false })),
  ].map((reader): [string, VariableReader] => [reader.name, reader]),
);

/** The reader of a variable, or undefined where the engine does not have it. */
export const variableReader = (name: string): VariableReader | undefined => READERS.get(name);

export const variableNames = (): readonly string[] => [...READERS.keys()];
