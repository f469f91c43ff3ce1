/**
 * Every variable name of the ModSecurity reference manual (v2.9 and v3), and a few of Coraza's: which take a selector, and
 * which are refused because this engine has no such thing, with what to write instead.
 */
import { asciiUpper } from '../bytes.ts';
import { type Place, refuse, shown, unsupported } from './place.ts';
import { suggestion } from './suggestion.ts';

export interface VariableDefinition {
  readonly name: string;
  /** Whether it has parts, so that `X:key` and `X:/pattern/` mean something. */
  readonly collection: boolean;
  readonly supported: boolean;
  /** Of a variable that is not supported: what to write instead. */
  readonly alternative?: string;
}

const COLLECTIONS = `
  ARGS ARGS_GET ARGS_GET_NAMES ARGS_NAMES ARGS_PATH ARGS_POST ARGS_POST_NAMES ENV FILES FILES_NAMES FILES_SIZES FILES_TMP_CONTENT GEO GLOBAL IP
  MATCHED_VARS MATCHED_VARS_NAMES MULTIPART_FILENAME MULTIPART_NAME MULTIPART_PART_HEADERS REQUEST_COOKIES
  REQUEST_COOKIES_NAMES REQUEST_HEADERS REQUEST_HEADERS_NAMES RESOURCE RESPONSE_ARGS RESPONSE_XML RESPONSE_HEADERS RESPONSE_HEADERS_NAMES RULE SESSION
  TX USER XML`;

const SCALARS = `
  ARGS_COMBINED_SIZE ARGUMENTS_LIMIT_REACHED AUTH_TYPE DURATION FILES_COMBINED_SIZE FULL_REQUEST FULL_REQUEST_LENGTH HIGHEST_SEVERITY
  INBOUND_DATA_ERROR MATCHED_VAR MATCHED_VAR_NAME MSC_PCRE_ERROR MSC_PCRE_LIMITS_EXCEEDED MULTIPART_BOUNDARY_QUOTED MULTIPART_BOUNDARY_WHITESPACE
  MULTIPART_CRLF_LF_LINES MULTIPART_DATA_AFTER MULTIPART_DATA_BEFORE MULTIPART_DUPLICATE_PART_HEADER MULTIPART_FILE_LIMIT_EXCEEDED
  MULTIPART_HEADER_FOLDING MULTIPART_INVALID_HEADER_FOLDING MULTIPART_INVALID_PART MULTIPART_INVALID_QUOTING
  MULTIPART_LF_LINE MULTIPART_MISSING_SEMICOLON MULTIPART_STRICT_ERROR MULTIPART_UNMATCHED_BOUNDARY OUTBOUND_DATA_ERROR
  PATH_INFO QUERY_STRING REMOTE_ADDR REMOTE_HOST REMOTE_PORT REMOTE_USER REQBODY_ERROR REQBODY_ERROR_MSG REQBODY_PROCESSOR
  REQBODY_PROCESSOR_ERROR REQBODY_PROCESSOR_ERROR_MSG REQUEST_BASENAME REQUEST_BODY REQUEST_BODY_LENGTH
  REQUEST_FILENAME REQUEST_LINE REQUEST_METHOD REQUEST_PROTOCOL REQUEST_URI REQUEST_URI_RAW RESPONSE_BODY
  RESPONSE_CONTENT_LENGTH RESPONSE_CONTENT_TYPE RESPONSE_PROTOCOL RESPONSE_STATUS SERVER_ADDR SERVER_NAME SERVER_PORT
  SESSIONID STATUS STATUS_LINE TIME TIME_DAY TIME_EPOCH TIME_HOUR TIME_MIN TIME_MON TIME_SEC TIME_WDAY TIME_YEAR UNIQUE_ID
  RES_BODY_ERROR RES_BODY_ERROR_MSG RES_BODY_PROCESSOR RES_BODY_PROCESSOR_ERROR RES_BODY_PROCESSOR_ERROR_MSG
  URI_PARSE_ERROR URLENCODED_ERROR USERAGENT_IP USERID WEBAPPID`;

/** Names by what to write instead. */
const REFUSED: readonly (readonly [names: string, alternative: string])[] = [
  ['SCRIPT_BASENAME SCRIPT_FILENAME', 'Use REQUEST_FILENAME or REQUEST_BASENAME: a proxy sees no script.'],
  [
    'SCRIPT_GID SCRIPT_GROUPNAME SCRIPT_MODE SCRIPT_UID SCRIPT_USERNAME',
    'Leave it out: a proxy sees no files of the workload.',
  ],
  ['STREAM_INPUT_BODY', 'Use REQUEST_BODY.'],
  ['STREAM_OUTPUT_BODY', 'Use RESPONSE_BODY.'],
  [
    'PERF_ALL PERF_COMBINED PERF_GC PERF_LOGGING PERF_PHASE1 PERF_PHASE2 PERF_PHASE3 PERF_PHASE4 PERF_PHASE5 PERF_RULES PERF_SREAD PERF_SWRITE',
    'Use DURATION, or the engine’s metrics.',
  ],
  ['FILES_TMPNAMES', 'Use FILES_TMP_CONTENT: uploads are put into no files.'],
  ['SDBM_DELETE_ERROR', 'Leave it out: collections are not kept in files.'],
  ['WEBSERVER_ERROR_LOG', 'Use RESPONSE_STATUS.'],
  ['MODSEC_BUILD', 'Leave it out: the engine is another.'],
];

/** Other engines' names of the same. */
const ALIASES: readonly (readonly [alias: string, name: string])[] = [['REQUEST_XML', 'XML']];

const split = (names: string): readonly string[] => names.trim().split(/\s+/);

const OWN_NAMES: ReadonlyMap<string, VariableDefinition> = new Map(
  [
    ...split(COLLECTIONS).map((name) => ({ name, collection: true, supported: true })),
    ...split(SCALARS).map((name) => ({ name, collection: false, supported: true })),
    ...REFUSED.flatMap(([names, alternative]) =>
      split(names).map((name) => ({ name, collection: true, supported: false, alternative })),
    ),
  ].map((definition) => [definition.name, Object.freeze(definition)]),
);

/** All variables by name. */
export const VARIABLES: ReadonlyMap<string, VariableDefinition> = new Map([
  ...OWN_NAMES,
  ...ALIASES.flatMap(([alias, name]) => {
    const definition = OWN_NAMES.get(name);
    return definition === undefined ? [] : [[alias, definition] as const];
  }),
]);

/** Collections that `setvar`, `initcol` and `expirevar` may name. */
export const WRITABLE_COLLECTIONS: readonly string[] = ['TX', 'IP', 'SESSION', 'USER', 'GLOBAL', 'RESOURCE'];

/**
 * The variable of a name in any case.
 *
 * @throws EngineError SECLANG_UNKNOWN_VARIABLE, or SECLANG_UNSUPPORTED for one that this engine does not have
 */
export function requireVariable(name: string, place: Place): VariableDefinition {
  const upper = asciiUpper(name);
  const definition = VARIABLES.get(upper);
  if (definition?.supported) return definition;
  if (definition !== undefined) {
    throw unsupported(place, `variable ${upper}`, definition.alternative ?? 'Leave it out.');
  }
  if (upper.startsWith('HTTP_') && upper.length > 'HTTP_'.length) {
    const header = shown(name.slice('HTTP_'.length)).replaceAll('_', '-');
    throw unsupported(place, `variable ${shown(upper)} of ModSecurity 1`, `Use REQUEST_HEADERS:${header}.`);
  }
  throw refuse(place, 'SECLANG_UNKNOWN_VARIABLE', {
    name: shown(name),
    suggestion: suggestion(name, VARIABLES.keys()),
  });
}
