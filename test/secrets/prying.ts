/** Rules that show of a message whatever rules can. */

const PIPELINES = [
  't:none',
  't:lowercase',
  't:urlDecodeUni,t:lowercase,t:removeWhitespace',
  't:base64Decode',
  't:jsDecode',
  't:hexEncode',
  't:base64Encode',
];

/** Looks at everything in several transformations, quotes what it saw in every way a rule can, and keeps parts of it for later rules. */
export const PRYING = `SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/html application/json
SecRule REQUEST_HEADERS:Content-Type "@contains json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "@contains xml" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
SecAction "id:3,phase:1,pass,nolog,ctl:forceRequestBodyVariable=On,initcol:ip=%{REMOTE_ADDR}"
${PIPELINES.map(
  (pipeline, index) =>
    `SecRule REQUEST_URI|REQUEST_URI_RAW|QUERY_STRING|REQUEST_LINE|REQUEST_FILENAME|REQUEST_BASENAME|ARGS|ARGS_NAMES|REQUEST_COOKIES|REQUEST_HEADERS|REQUEST_BODY|FULL_REQUEST|XML:/*|MULTIPART_PART_HEADERS "@rx ^(.{0,9})(.*)" \\
  "id:${100 + index},phase:2,pass,capture,${pipeline},msg:'saw %{TX.2} in %{MATCHED_VAR_NAME}',logdata:'%{TX.1}|%{MATCHED_VAR}|%{ARGS.password}|%{REQUEST_HEADERS.authorization}',setvar:'tx.kept_%{MATCHED_VAR_NAME}=%{TX.1}',setvar:'tx.rest_%{MATCHED_VAR_NAME}=%{TX.2}',setvar:'ip.kept=%{MATCHED_VAR}'"`,
).join('\n')}
SecRule TX:/./|IP|MATCHED_VAR|MATCHED_VARS "@rx ." "id:300,phase:2,pass,msg:'%{TX.kept_ARGS:password} %{TX.1}',logdata:'%{MATCHED_VAR} %{IP.kept}'"
SecRule TX:/./ "@rx ." "id:301,phase:2,pass,t:hexEncode,logdata:'%{MATCHED_VAR}'"
SecRule RESPONSE_BODY|RESPONSE_HEADERS "@rx (?s)(.*)" "id:302,phase:4,pass,capture,msg:'%{TX.1}',logdata:'%{MATCHED_VAR} %{RESPONSE_BODY}',setvar:'tx.answer=%{TX.1}'"
SecRule TX:answer "@rx ." "id:303,phase:4,pass,logdata:'%{MATCHED_VAR}'"
`;
