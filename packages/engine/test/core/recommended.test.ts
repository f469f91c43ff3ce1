/** What the recommended configurations of ModSecurity 2 and Coraza say, directive by directive. */
import { describe, expect, it } from 'vitest';
import { engine, FORM, JSON_TYPE, type Message, run } from './support.ts';

const DIRECTIVES = `
SecArgumentSeparator &
SecArgumentsLimit 1000
SecAuditEngine RelevantOnly
SecAuditLog /var/log/audit.log
SecAuditLogFormat Native
SecAuditLogParts ABDEFHIJZ
SecAuditLogRelevantStatus "^(?:5|4(?!04))"
SecAuditLogStorageDir /var/log/audit/
SecAuditLogType Serial
SecCollectionTimeout 600
SecComponentSignature "shop/1.0"
SecCookieFormat 0
SecDataDir /tmp/
SecDebugLog /var/log/debug.log
SecDebugLogLevel 3
SecPcreMatchLimit 100000
SecPcreMatchLimitRecursion 100000
SecRequestBodyAccess On
SecRequestBodyInMemoryLimit 131072
SecRequestBodyJsonDepthLimit 512
SecRequestBodyLimit 13107200
SecRequestBodyLimitAction Reject
SecRequestBodyNoFilesLimit 131072
SecResponseBodyAccess On
SecResponseBodyJsonDepthLimit 1024
SecResponseBodyLimit 524288
SecResponseBodyLimitAction ProcessPartial
SecResponseBodyMimeType text/plain text/html text/xml
SecRuleEngine DetectionOnly
SecRxPreFilter Off
SecStatusEngine Off
SecTmpDir /tmp/
SecTmpSaveUploadedFiles Off
SecUnicodeMapFile unicode.mapping 20127
SecUploadDir /opt/upload/
SecUploadFileMode 0600
SecUploadKeepFiles Off
SecXmlExternalEntity Off
`;

const FLAGS = [
  ...['BOUNDARY_QUOTED', 'BOUNDARY_WHITESPACE', 'DATA_BEFORE', 'DATA_AFTER', 'DUPLICATE_PART_HEADER'],
  ...['FILE_LIMIT_EXCEEDED', 'HEADER_FOLDING', 'INVALID_HEADER_FOLDING', 'INVALID_PART', 'INVALID_QUOTING'],
  ...['LF_LINE', 'MISSING_SEMICOLON'],
];
const RULES = `
SecRule REQUEST_HEADERS:Content-Type "^application/json" \\
  "id:'200001',phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule URI_PARSE_ERROR "@eq 1" "id:'200009',phase:1,t:none,log,deny,status:400"
SecRule REQBODY_ERROR "!@eq 0" \\
  "id:'200002', phase:2,t:none,log,deny,status:400,msg:'Body.',logdata:'%{reqbody_error_msg}',severity:2"
SecRule MULTIPART_STRICT_ERROR "!@eq 0" "id:'200003',phase:2,t:none,log,deny,status:400, \\
  logdata:'PE %{REQBODY_PROCESSOR_ERROR} ${FLAGS.map((flag) => `%{MULTIPART_${flag}}`).join('')}'"
SecRule MULTIPART_UNMATCHED_BOUNDARY "!@eq 0" "id:'200004',phase:2,t:none,log,deny"
SecRule TX:/^MSC_/ "!@streq 0" "id:'200005',phase:2,t:none,deny,msg:'%{MATCHED_VAR_NAME}'"
SecRule ARGUMENTS_LIMIT_REACHED "@eq 1" "id:'200006',phase:2,t:none,log,deny,status:400"
`;
const BODIES: Readonly<Record<string, readonly [ids: readonly number[], message: Message]>> = {
  'a good form': [[], { method: 'POST', headers: FORM, body: 'a=1' }],
  'good JSON': [[200001], { method: 'POST', headers: JSON_TYPE, body: '{"a":1}' }],
  'broken JSON': [[200001, 200002], { method: 'POST', headers: JSON_TYPE, body: '{"a":' }],
  'a compressed body that is none': [
    [200002],
    { method: 'POST', headers: [...FORM, ['Content-Encoding', 'gzip']], body: 'a=1' },
  ],
  'a part with bare line feeds': [
    [200003],
    {
      method: 'POST',
      headers: [['Content-Type', 'multipart/form-data; boundary=b']],
      body: '--b\nContent-Disposition: form-data; name="a"\n\nx\n--b--\n',
    },
  ],
  'too many arguments': [[200002, 200006], { method: 'POST', headers: FORM, body: 'a=1&'.repeat(1_001) }],
};

describe('a recommended configuration', () => {
  it('loads, and says of every directive that it does not heed why', () => {
    const { warnings, settings } = engine.compile([{ path: 'test.conf', text: DIRECTIVES }]);
    for (const { message } of warnings) expect(message).toMatch(/^Sec\w+: \w/);
    expect(settings).toMatchObject({ ruleEngine: 'DetectionOnly', collectionTimeout: 600, cookieFormat: 0 });
  });

  it.each(Object.entries(BODIES))('notes %s', (_, [ids, message]) => {
    const outcome = run(DIRECTIVES + RULES, message, { mode: 'Detect' });
    expect(outcome.ids).toEqual(ids);
  });
});

it.each([
  ['SecXmlExternalEntity On', 'SECLANG_UNSUPPORTED'],
  ['SecRuleInheritance Off', 'SECLANG_UNSUPPORTED'],
  ['SecUploadKeepFiles On', 'SECLANG_UNSUPPORTED'],
  ['SecUnicodeMapFile unicode.mapping 1252', 'SECLANG_BAD_ARGUMENT'],
  ['SecCookieFormat 2', 'SECLANG_BAD_ARGUMENT'],
  ['SecCollectionTimeout soon', 'SECLANG_BAD_ARGUMENT'],
])('%s is refused: what it asks for is not done here', (directive, code) => {
  expect(() => engine.compile([{ path: 'test.conf', text: directive }])).toThrow(
    expect.objectContaining({ code }),
  );
});
