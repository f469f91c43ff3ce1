import { describe, expect, it } from 'vitest';
import { PROCESSORS, refusedAtLoad, run } from './support.ts';

const XML = [
  ['Host', 'shop.example'],
  ['Content-Type', 'text/xml'],
] as const;
const judge = (rules: string, body: string) =>
  run(`${PROCESSORS}${rules}`, { method: 'POST', headers: XML, body });

describe('XML:path', () => {
  it('is what a rule asks for, under the name of the path', () => {
    const { result, ids } = judge(
      `SecRule XML:/order/item[@kind='gift']/note "@contains <script" "id:1,phase:2,pass,log,logdata:'%{MATCHED_VAR_NAME}=%{MATCHED_VAR}'"
       SecRule XML:/order/item/note "@contains nothing" "id:2,phase:2,pass,log"`,
      '<order><item kind="gift"><note>a &lt;script&gt; b</note></item></order>',
    );
    expect(ids).toEqual([200000, 1]);
    expect(result.matches[1]?.data).toBe("XML:/order/item[@kind='gift']/note=a <script> b");
  });

  it('counts, and is told apart by the case of its names', () => {
    const { ids } = judge(
      `SecRule &XML:/a/b "@eq 2" "id:1,phase:2,pass,log"
       SecRule &XML:/a/B "@eq 1" "id:2,phase:2,pass,log"
       SecRule XML:/a/B "@streq 3" "id:3,phase:2,pass,log"
       SecRule XML:/a/b "@streq 3" "id:4,phase:2,pass,log"`,
      '<a><b>1</b><b>2</b><B>3</B></a>',
    );
    expect(ids).toEqual([200000, 1, 2, 3]);
  });

  it('takes namespaces from the rule’s xmlns actions, link by link', () => {
    const rules = (uri: string) =>
      `SecRule XML:/s:Envelope/s:Body/q "@streq 1" "id:1,phase:2,deny,chain,xmlns:'s=urn:soap'"
       SecRule REQUEST_XML:/s:Envelope "@rx 1" "xmlns:s=${uri}"`;
    const body = '<x:Envelope xmlns:x="urn:soap"><x:Body><q>1</q></x:Body></x:Envelope>';
    expect(judge(rules('\\"urn:soap\\"'), body).verdict.kind).toBe('deny');
    expect(judge(rules('urn:other'), body).verdict.kind).toBe('allow');
  });

  it('reads quotes and separators inside of predicates', () => {
    const body = `<a><b k="x|y, 'z'">1</b></a>`;
    const bare = `SecRule XML:/a/b[@k="x|y,"]|XML:/a/b[1] "@streq 1" "id:1,phase:2,pass,log"`;
    expect(judge(bare, body).ids).toEqual([200000, 1]);
    const quoted = `SecRule XML:'/a/b[@k="x|y, \\'z\\'"]' "@streq 1" "id:1,phase:2,pass,log"`;
    expect(judge(quoted, body).ids).toEqual([200000, 1]);
  });

  it('leaves all texts and all attributes as they are', () => {
    const { ids } = judge(
      `SecRule XML:/* "@streq 1" "id:1,phase:2,pass,log"
       SecRule XML:/*|XML:/a/b "@streq 12" "id:2,phase:2,pass,log"
       SecRule XML:/a "@streq 12" "id:3,phase:2,pass,log"
       SecRule XML:/a|!XML:/a "@streq 12" "id:4,phase:2,pass,log"`,
      '<a><b>1</b>2</a>',
    );
    expect(ids).toEqual([200000, 1, 3]);
  });

  it('is refused with a caret where a stream cannot decide it', () => {
    const error = refusedAtLoad('SecRule XML:/a/b[last()] "@streq 1" "id:1,phase:2,pass"');
    expect(error.code).toBe('SECLANG_UNSUPPORTED');
    expect(error.message).toContain(`XML:/a/b[last()] "@streq 1" "id:1,phase:2,pass"\n${' '.repeat(19)}^`);
  });

  it('is refused where no xmlns says what a prefix stands for', () => {
    const error = refusedAtLoad('SecRule XML:/p:a "@streq 1" "id:1,phase:2,pass,xmlns:q=urn:q"');
    expect(error.code).toBe('SECLANG_BAD_ARGUMENT');
    expect(error.rawMessage).toContain('prefix p');
  });

  it.each(['xmlns:urn', 'xmlns:=urn', 'xmlns:1=urn'])('refuses %s', (action) => {
    expect(refusedAtLoad(`SecAction "id:1,phase:2,pass,${action}"`).code).toBe('SECLANG_BAD_ARGUMENT');
  });
});
