import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith, inspect, ownCache } from './support.ts';

const RULES = `SecRule ARGS "@rx evil\\s+word" \\
  "id:101,phase:2,deny,status:406,t:none,t:urlDecodeUni,t:lowercase,msg:'Evil words'"
SecRule REQUEST_HEADERS:X-Tag "@pm blue red" "id:102,phase:1,pass,msg:'A colour'"
SecRule ARGS:n "!@within %{tx.few}" "id:103,phase:2,deny,chain,msg:'Not few'"
  SecRule REQUEST_METHOD "@streq GET"
SecAction "id:100,phase:1,pass,nolog,setvar:'tx.few=one two'"
`;

/** Runs with RULES alone. */
function inspectOwn(args: readonly string[], tty = false) {
  ownCache();
  const folder = folderWith({ 'own.conf': RULES });
  const result = inspect([...args, '--no-crs', '--rules', join(folder, 'own.conf')], tty);
  return { ...result, text: result.text.replaceAll(folder, 'DIR') };
}

describe('sluice inspect', () => {
  it('tells how a rule came to match, and the exclusions that were tried', () => {
    const { text, code } = inspectOwn(['http://shop/list?q=an%2520EVIL%2520%2520word!&r=1']);
    expect(code).toBe(4);
    expect(text).toMatchInlineSnapshot(`
      "DENIED  GET shop/list?q=an%2520EVIL%2520%2520word!&r=1
      Rule 101 answers with status 406: Evil words.
      policy inspect, mode Block, paranoia level 1, threshold 5

      101  Evil words  denies
        own.conf:1, phase 2
        ARGS:q = an%20EVIL%20%20word!
          t:urlDecodeUni → an EVIL  word!
          t:lowercase → an »evil  word«!

      If the request is harmless, one of these lets it pass (tried, score in brackets):

      # for this path only; into a rule file of ruleFiles.before [0]
      SecRule REQUEST_FILENAME "@streq /list" \\
          "id:10001,\\
          phase:1,\\
          pass,\\
          nolog,\\
          t:none,\\
          ctl:ruleRemoveTargetById=101;ARGS:q"

      # for all paths; into a rule file of ruleFiles.after [0]
      SecRuleUpdateTargetById 101 !ARGS:q
      "
    `);
  });

  it('lets pass what no rule denies, with the rules that matched without a score', () => {
    const { text, code } = inspectOwn(['shop/?n=one', '-H', 'X-Tag: dark blue']);
    expect(code).toBe(0);
    expect(text).toMatchInlineSnapshot(`
      "ALLOWED  GET shop/?n=one
      No rule denies it; its anomaly score is 0, and 5 or more is denied.
      policy inspect, mode Block, paranoia level 1, threshold 5

      Matched without a score:
        102  A colour
      "
    `);
  });

  it('says what was compared where nothing is there to mark, link by link', () => {
    expect(inspectOwn(['shop/?n=three', '-v']).text).toMatchInlineSnapshot(`
      "DENIED  GET shop/?n=three
      Rule 103 answers with status 403: Not few.
      policy inspect, mode Block, paranoia level 1, threshold 5

      103  Not few  denies
        own.conf:4, phase 2
        ARGS:n = three
          !@within %{tx.few} (now one two)
        REQUEST_METHOD = »GET«

      Matched without a score:
        100  own.conf:6

      If the request is harmless, one of these lets it pass (tried, score in brackets):

      # for this path only; into a rule file of ruleFiles.before [0]
      SecRule REQUEST_FILENAME "@streq /" \\
          "id:10001,\\
          phase:1,\\
          pass,\\
          nolog,\\
          t:none,\\
          ctl:ruleRemoveTargetById=103;ARGS:n"

      # for all paths; into a rule file of ruleFiles.after [0]
      SecRuleUpdateTargetById 103 !ARGS:n
      "
    `);
  });

  it('gives an exclusion an id that no rule has', () => {
    ownCache();
    const folder = folderWith({ 'a.conf': `${RULES}SecAction "id:10001,phase:1,pass"\n` });
    const { text } = inspect(['shop/?q=evil+word', '--no-crs', '--rules', join(folder, 'a.conf')]);
    expect(text).toContain('id:10002');
  });

  it('shows of a long value what is around the match, and says so', () => {
    const { text } = inspectOwn([`shop/?q=${'a'.repeat(500)}+evil+word+${'b'.repeat(500)}`]);
    expect(text).toContain(`…${'a'.repeat(59)} »evil word« bb`);
    expect(text).toContain('(240 of 1011 bytes)');
  });

  it('marks with inverse on a terminal', () => {
    expect(inspectOwn(['shop/?q=evil+word'], true).text).toContain('\x1b[7mevil word\x1b[27m');
  });

  it('says what Detect would have denied', () => {
    const { text, code } = inspectOwn(['shop/?q=evil+word', '--mode', 'detect']);
    expect(text).toMatch(/^WOULD BE DENIED {2}GET shop/);
    expect(code).toBe(4);
  });

  it('lets no control character of the request reach the terminal', () => {
    const { text } = inspectOwn(['shop/?%1b[2J=evil%00%0a%9b31m%20evil+word%1b[0m&q=evil%0aword', '-v']);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(text).toContain('\\x1b[0m');
  });

  it('denies what cannot be inspected to its end', () => {
    const json = ['-H', 'Content-Type: application/json', '--data-raw', '{"a":'];
    const { text, code } = inspectOwn(['shop/', ...json]);
    expect(code).toBe(4);
    expect(text).toContain('It could not be inspected to its end (body_syntax)');
  });

  it('gives the whole as data', () => {
    const { text } = inspectOwn(['shop/?q=evil+word', '--json']);
    expect(JSON.parse(text)).toMatchObject({
      verdict: { kind: 'deny', status: 406, ruleId: 101 },
      blocks: true,
      rules: [
        { id: 100 },
        {
          id: 101,
          line: 1,
          decides: true,
          targets: [
            { target: 'ARGS:q', sent: 'evil word', matched: { start: 0, end: 9, text: 'evil word' } },
          ],
        },
      ],
      exclusions: {
        rules: [{ ruleId: 101, target: 'ARGS:q' }],
        proposals: [{ scope: 'path' }, { scope: 'everywhere' }],
      },
    });
  });

  it('takes all requests of a HAR file, one line for each that passes', () => {
    const entry = (url: string) => ({ request: { method: 'GET', url, headers: [] } });
    const har = JSON.stringify({
      log: { entries: [entry('http://a/1'), entry('http://a/2?q=evil+word'), entry('http://a/3')] },
    });
    const file = join(folderWith({ 'a.har': har }), 'a.har');
    const { text, code } = inspectOwn(['--har', file]);
    expect(code).toBe(4);
    expect(text.match(/^(?:ALLOWED|DENIED) .*$/gm)).toEqual([
      'ALLOWED  GET /1',
      'DENIED  GET a/2?q=evil+word',
      'ALLOWED  GET /3',
    ]);
  });

  it('takes a policy of sluice.yaml, which flags overrule', () => {
    ownCache();
    const folder = folderWith({
      'own.conf': RULES,
      'sluice.yaml': `rules: {crs: false}\npolicies:\n  shop: {mode: Detect, paranoia: 2, ruleFiles: {after: [own.conf]}, uninspectable: {default: allow}}\n`,
    });
    const config = ['-c', join(folder, 'sluice.yaml')];
    expect(inspect(['shop/?q=evil+word', ...config]).code).toBe(0);
    const broken = inspect([
      'shop/',
      '-H',
      'Content-Type: application/json',
      '-d',
      '{',
      ...config,
      '--policy',
      'shop',
    ]);
    expect(broken.code).toBe(0);
    expect(broken.text).toContain('The policy lets such requests pass.');
    const shop = inspect(['shop/?q=evil+word', ...config, '--policy', 'shop']).text;
    expect(shop).toContain('policy shop, mode Detect, paranoia level 2');
    expect(inspect(['shop/?q=evil+word', ...config, '--policy', 'shop', '--mode', 'block']).text).toMatch(
      /^DENIED/,
    );
    expect(() => inspect(['shop/', ...config, '--policy', 'shap'])).toThrow(
      expect.objectContaining({ code: 'INSPECT_NO_POLICY', remedy: expect.stringContaining('shop') }),
    );
  });

  it('does without what the policy excludes, and denies the clients that it denies', () => {
    ownCache();
    const exclusion = '{rules: [101], targets: [ARGS:q], paths: [/list]}';
    const folder = folderWith({
      'own.conf': RULES,
      'sluice.yaml': `rules: {crs: false}\npolicies:\n  default: {mode: Block, ruleFiles: {after: [own.conf]}, exclusions: [${exclusion}], addresses: {deny: [192.0.2.9]}}\n`,
    });
    const config = ['-c', join(folder, 'sluice.yaml')];
    expect(inspect(['shop/list?q=evil+word', ...config]).text).toMatch(/^ALLOWED/);
    expect(inspect(['shop/list?r=evil+word', ...config]).text).toMatch(/^DENIED/);
    expect(inspect(['shop/other?q=evil+word', ...config]).text).toMatch(/^DENIED/);
    expect(inspect(['shop/list', ...config, '--client', '192.0.2.9']).text).toMatch(/^DENIED/);
  });

  it.each([[[]], [['a', '--raw', 'b']], [['--raw', 'b', '--har', 'c']]])('wants one request: %j', (args) => {
    expect(() => inspect(args)).toThrow(expect.objectContaining({ code: 'INSPECT_NO_REQUEST' }));
  });

  it('refuses a file that is not there, a policy without a file and a threshold that is none', () => {
    expect(() => inspect(['--raw', '/nowhere'])).toThrow(
      expect.objectContaining({ code: 'INSPECT_UNREADABLE' }),
    );
    for (const args of [
      ['a', '--policy', 'b'],
      ['a', '--threshold', '0'],
    ]) {
      expect(() => inspect(args)).toThrow(expect.objectContaining({ code: 'INSPECT_BAD_OPTION' }));
    }
  });
});
