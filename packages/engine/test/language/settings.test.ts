import { describe, expect, it } from 'vitest';
import { parseRules } from '../../src/language/parse.ts';
import { REFUSED_DIRECTIVES, SETTINGS } from '../../src/language/settings.ts';
import { bare, failureOf, parseOne } from './helpers.ts';

/** What modsecurity.conf-recommended sets, v2.9 and v3. */
const RECOMMENDED = `
SecRuleEngine DetectionOnly
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 131072
SecRequestBodyInMemoryLimit 131072
SecRequestBodyLimitAction Reject
SecRequestBodyJsonDepthLimit 512
SecArgumentsLimit 1000
SecPcreMatchLimit 1000
SecPcreMatchLimitRecursion 1000
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml
SecResponseBodyLimit 524288
SecResponseBodyLimitAction ProcessPartial
SecTmpDir /tmp/
SecDataDir /tmp/
SecUploadDir /opt/modsecurity/var/upload/
SecUploadKeepFiles Off
SecUploadFileMode 0600
SecDebugLog /opt/modsecurity/var/log/debug.log
SecDebugLogLevel 3
SecAuditEngine RelevantOnly
SecAuditLogRelevantStatus "^(?:5|4(?!04))"
SecAuditLogParts ABIJDEFHZ
SecAuditLogType Serial
SecAuditLog /var/log/modsec_audit.log
SecAuditLogStorageDir /opt/modsecurity/var/audit/
SecArgumentSeparator &
SecCookieFormat 0
SecUnicodeMapFile unicode.mapping 20127
SecStatusEngine On
SecServerSignature "Apache/1.0"
SecSensorId s1
SecWebAppId app
SecComponentSignature "OWASP_CRS/4.25.0"
SecCollectionTimeout 600
SecResponseBodyMimeTypesClear`;

describe('settings', () => {
  it('accepts what the recommended configurations set', () => {
    const { directives } = parseRules([{ path: 'a.conf', text: RECOMMENDED }]);
    const names = RECOMMENDED.trim()
      .split('\n')
      .map((line) => line.replace(/ .*/, ''));
    expect(directives.map((node) => node.kind === 'setting' && node.name)).toEqual(names);
  });

  it('warns of each directive that changes nothing here, with the reason', () => {
    const { warnings } = parseRules([{ path: 'a.conf', text: 'SecRuleEngine On\nSecTmpDir /tmp' }]);
    expect(warnings).toEqual([
      { position: { file: 'a.conf', line: 2, column: 1 }, message: 'SecTmpDir: nothing is kept in files' },
    ]);
  });

  it('has a reason for every directive that it ignores, and an alternative for every one that it refuses', () => {
    for (const { ignoredBecause } of SETTINGS.values()) expect(ignoredBecause).not.toBe('');
    for (const { name, alternative } of REFUSED_DIRECTIVES.values()) {
      expect(failureOf(`${name} x`)).toMatchObject({ code: 'SECLANG_UNSUPPORTED', remedy: alternative });
      expect(alternative).toMatch(/\.$/);
      expect(SETTINGS.has(name.toLowerCase())).toBe(false);
    }
  });

  it('refuses values that mean something the engine does not do, and keeps the others', () => {
    const cases = [
      ['SecContentInjection', 'On', 'Off'],
      ['SecHashEngine', 'On', 'Off'],
      ['SecUploadKeepFiles', 'RelevantOnly', 'Off'],
      ['SecXmlExternalEntity', 'on', 'off'],
      ['SecRuleInheritance', 'Off', 'On'],
      ['SecConnEngine', 'DetectionOnly', 'Off'],
    ];
    for (const [name, refused, kept] of cases) {
      expect([name, failureOf(`${name} ${refused}`).code]).toEqual([name, 'SECLANG_UNSUPPORTED']);
      expect(parseOne(`${name} ${kept}`).kind).toBe('setting');
    }
  });

  it('checks numbers, words and counts of arguments', () => {
    const bad = [
      'SecRuleEngine Maybe',
      'SecRuleEngine',
      'SecRuleEngine On Off',
      'SecRequestBodyLimit -1',
      'SecRequestBodyLimit 1k',
      'SecRequestBodyLimit ""',
      'SecRequestBodyLimit 99999999999999999',
      'SecArgumentsLimit 0',
      'SecDebugLogLevel 10',
      'SecAuditLogParts QX',
      'SecUploadFileMode 999',
      'SecArgumentSeparator &&',
      'SecUnicodeMapFile unicode.mapping 1252',
      'SecResponseBodyMimeTypesClear On',
      'SecResponseBodyMimeType',
      'SecMarker ""',
      'SecMarker',
      'SecAction',
      'SecRuleRemoveById',
      'SecRuleRemoveById x',
      'SecRuleRemoveById 9-1',
      'SecRuleRemoveByTag ""',
      'SecRuleUpdateTargetById ARGS',
      'SecRuleUpdateTargetById ARGS !ARGS:a',
      'SecRuleUpdateActionById x deny',
    ];
    for (const text of bad) expect([text, failureOf(text).code]).toEqual([text, 'SECLANG_BAD_ARGUMENT']);
  });

  it('refuses containers of Apache', () =>
    expect(failureOf('<IfModule security2_module>').code).toBe('SECLANG_UNSUPPORTED'));

  it('reads names in any case', () =>
    expect(bare(parseOne('SECREQUESTBODYLIMIT 5'))).toEqual({
      kind: 'setting',
      name: 'SecRequestBodyLimit',
      values: ['5'],
    }));
});
