import { describe, expect, it } from 'vitest';
import type { HeaderList } from '../../src/index.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { PROCESSORS, refusedAtLoad, run } from './support.ts';

const XML: HeaderList = [['Content-Type', 'text/xml']];
const SHOW = `SecRule ARGS "@unconditionalMatch" "id:1,phase:2,pass,log"
SecRule XML:/*|XML://@* "@unconditionalMatch" "id:2,phase:2,pass,log"`;
const shown = (rules: string, body: string) => {
  const { result, verdict } = run(`${PROCESSORS}${rules}`, { method: 'POST', headers: XML, body });
  const targets = result.matches.flatMap(({ targets }) => targets.map(({ label, value }) => [label, value]));
  return { verdict, targets: targets.filter(([label]) => label !== 'REQUEST_HEADERS:Content-Type') };
};

describe('SecParseXmlIntoArgs', () => {
  const BODY = '<r><p:l k="v">foo<p:n/></p:l><l> </l>b<l>&lt;</l></r>';
  const ARGUMENTS = [
    ['ARGS:xml.r.l', 'foo'],
    ['ARGS:xml.r.l.n', ''],
    ['ARGS:xml.r.l', ''],
    ['ARGS:xml.r', 'b'],
    ['ARGS:xml.r.l', '<'],
  ];
  const ATTRIBUTE = [['XML://@*', 'v']];
  const TEXTS = ['foo', 'b', '<'].map((text) => ['XML:/*', text]);

  it('gives texts as arguments, besides XML:/* or in its place', () => {
    expect(shown(SHOW, BODY).targets).toEqual([...TEXTS, ...ATTRIBUTE]);
    expect(shown(`SecParseXmlIntoArgs On\n${SHOW}`, BODY).targets).toEqual([
      ...ARGUMENTS,
      ...TEXTS,
      ...ATTRIBUTE,
    ]);
    expect(shown(`SecParseXmlIntoArgs OnlyArgs\n${SHOW}`, BODY).targets).toEqual([
      ...ARGUMENTS,
      ...ATTRIBUTE,
    ]);
  });

  it('is changed for a request by ctl:parseXmlIntoArgs', () => {
    const ctl = (value: string) =>
      `SecAction "id:3,phase:1,pass,nolog,ctl:parseXmlIntoArgs=${value}"\n${SHOW}`;
    expect(shown(ctl('OnlyArgs'), BODY).targets).toEqual([...ARGUMENTS, ...ATTRIBUTE]);
    expect(shown(`SecParseXmlIntoArgs On\n${ctl('Off')}`, BODY).targets).toEqual([...TEXTS, ...ATTRIBUTE]);
    expect(refusedAtLoad('SecAction "id:3,phase:1,ctl:parseXmlIntoArgs=Some"').code).toBe(
      'SECLANG_BAD_ARGUMENT',
    );
  });

  it('counts against the limits of arguments and of names', () => {
    const many = `<r>${'<a>1</a>'.repeat(DEFAULT_LIMITS.argumentsMax + 1)}</r>`;
    expect(shown(`SecParseXmlIntoArgs On`, many).verdict).toMatchObject({ cause: 'body_arguments' });
    const long = `<${'a'.repeat(9_000)}>${'<b/>'.repeat(900)}</${'a'.repeat(9_000)}>`;
    expect(shown(`SecParseXmlIntoArgs On`, long).verdict).toMatchObject({ cause: 'body_size' });
  });
});

describe('ctl:responseBodyProcessor', () => {
  const judge = (rules: string, body: string, type = 'text/html') => {
    const { result } = run(`SecResponseBodyAccess On\n${rules}`, {
      response: { headers: [['Content-Type', type]], body },
    });
    return result.matches.flatMap(({ targets }) => targets.map(({ label, value }) => [label, value]));
  };
  const with_ = (processor: string, target: string) =>
    `SecAction "id:1,phase:3,pass,nolog,ctl:responseBodyProcessor=${processor}"
     SecRule ${target} "@unconditionalMatch" "id:2,phase:4,pass,log"`;

  it('takes JSON apart into RESPONSE_ARGS, and leaves RESPONSE_BODY', () => {
    expect(judge(with_('JSON', 'RESPONSE_ARGS|RESPONSE_BODY|RES_BODY_PROCESSOR'), '{"a":[1,"x"]}')).toEqual([
      ['RESPONSE_ARGS:json.a.0', '1'],
      ['RESPONSE_ARGS:json.a.1', 'x'],
      ['RESPONSE_BODY', '{"a":[1,"x"]}'],
      ['RES_BODY_PROCESSOR', 'JSON'],
    ]);
  });

  it('takes XML apart into RESPONSE_XML', () => {
    expect(judge(with_('XML', 'RESPONSE_XML:/*|RESPONSE_XML://@*'), '<a k="v">t</a>')).toEqual([
      ['RESPONSE_XML:/*', 't'],
      ['RESPONSE_XML://@*', 'v'],
    ]);
    expect(refusedAtLoad('SecRule RESPONSE_XML:/a "@streq 1" "id:1,phase:4"').code).toBe(
      'SECLANG_UNSUPPORTED',
    );
  });

  it('tells of a body that is malformed or too deep', () => {
    const errors = 'RES_BODY_ERROR|RES_BODY_PROCESSOR_ERROR|RES_BODY_ERROR_MSG|RES_BODY_PROCESSOR_ERROR_MSG';
    const message = 'JSON: the body ends before a value or ] (byte 1)';
    expect(judge(with_('JSON', errors), '[').map(([, value]) => value)).toEqual(['1', '1', message, message]);
    expect(judge(with_('JSON', errors), '[]').map(([, value]) => value)).toEqual(['0', '0', '', '']);
    const deep = `SecResponseBodyJsonDepthLimit 2\n${with_('JSON', 'RES_BODY_ERROR')}`;
    expect(judge(deep, '[[]]')).toEqual([['RES_BODY_ERROR', '0']]);
    expect(judge(deep, '[[[]]]')).toEqual([['RES_BODY_ERROR', '1']]);
  });

  it('does not take apart what is not inspected', () => {
    expect(judge(with_('JSON', 'RESPONSE_ARGS'), '[1]', 'image/png')).toEqual([]);
  });
});

describe('FILES_TMP_CONTENT', () => {
  const body =
    '--B\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n<?php x ?>\r\n--B--\r\n';
  const headers: HeaderList = [['Content-Type', 'multipart/form-data; boundary=B']];

  it('is what files hold, by their fields', () => {
    const rule = `SecRule FILES_TMP_CONTENT:f "@contains <?php" "id:1,phase:2,deny,log"`;
    const { verdict, result } = run(rule, {
      method: 'POST',
      headers,
      body: [body.slice(0, 75), body.slice(75)],
    });
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 1 });
    expect(result.matches[0]?.targets).toMatchObject([{ label: 'FILES_TMP_CONTENT:f', value: '<?php x ?>' }]);
  });

  it('is kept for no other rules', () => {
    const { result } = run('SecRule FILES "@rx ." "id:1,phase:2,pass"', { method: 'POST', headers, body });
    expect(result.state.request.filesContents).toEqual([]);
  });
});

describe('MSC_PCRE_LIMITS_EXCEEDED', () => {
  it('says that a rule reached the match limit', () => {
    const rules = `SecPcreMatchLimit 100
      SecRule ARGS:a "@rx ^(a+)+(?!a)b?\\1$" "id:1,phase:2,pass"
      SecRule MSC_PCRE_LIMITS_EXCEEDED|MSC_PCRE_ERROR "@eq 1" "id:2,phase:2,pass,log"`;
    expect(run(rules, { uri: `/?a=${'a'.repeat(200)}` }).ids).toEqual([2]);
    expect(run(rules, { uri: '/?a=x' }).ids).toEqual([]);
  });
});
