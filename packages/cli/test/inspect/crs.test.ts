import { beforeAll, describe, expect, it } from 'vitest';
import { inspect } from './support.ts';

const HARMLESS = 'http://shop/search?q=union select committee meeting';

/** Patterns are compiled once on a machine, and kept. */
const COMPILING_MILLIS_MAX = 300_000;

describe('sluice inspect with the CRS', () => {
  beforeAll(() => void inspect(['shop/']), COMPILING_MILLIS_MAX);

  it('shows a false positive on one screen: rule, part, score, and exclusions that work', () => {
    const { text, code } = inspect([HARMLESS]);
    expect(code).toBe(4);
    expect(text.split('\n').length).toBeLessThan(30);
    expect(text).toMatchInlineSnapshot(`
      "DENIED  GET shop/search?q=union%20select%20committee%20meeting
      Rule 949110 answers with status 403: its anomaly score is 5, and 5 or more is denied.
      policy inspect, mode Block, paranoia level 1, threshold 5

      942190  Detects MSSQL code execution and information gathering attempts  score 0 → 5 of 5
        REQUEST-942-APPLICATION-ATTACK-SQLI.conf:113, phase 2, paranoia level 1, critical
        ARGS:q = »union select« committee meeting +5

      Matched without a score:
        949110  Inbound Anomaly Score Exceeded (Total Score: 5)
        980170  Anomaly Scores: (Inbound Scores: blocking=5, detection=5, per_pl=5-0-0-0, threshold=5) - (Outbound Scores: blocking=0, detection=0, per_pl=0-0-0-0, threshold=4)…

      If the request is harmless, one of these lets it pass (tried, score in brackets):

      # for this path only; into a rule file of ruleFiles.before [0]
      SecRule REQUEST_FILENAME "@streq /search" \\
          "id:10001,\\
          phase:1,\\
          pass,\\
          nolog,\\
          t:none,\\
          ctl:ruleRemoveTargetById=942190;ARGS:q"

      # for all paths; into a rule file of ruleFiles.after [0]
      SecRuleUpdateTargetById 942190 !ARGS:q
      "
    `);
  });

  it('lets pass what stays below the threshold, and tells what scored', () => {
    const { text } = inspect([HARMLESS, '--paranoia', '2', '--threshold', '20']);
    expect(text).toMatch(/^ALLOWED/);
    expect(text).toContain('942480');
  });

  it('proposes an exclusion for any element of a JSON list', () => {
    const body = '{"items":[{"title":"x"},{"title":"union select committee"}]}';
    const { text } = inspect(['shop/api', '-H', 'Content-Type: application/json', '--data-raw', body]);
    expect(text).toContain('ctl:ruleRemoveTargetById=942190;ARGS:/^json\\.items\\.[0-9]+\\.title$/');
    expect(text).toContain('SecRuleUpdateTargetById 942190 !ARGS:/^json\\.items\\.[0-9]+\\.title$/');
  });

  it('proposes no more than it takes', () => {
    const { text } = inspect([HARMLESS, '--paranoia', '2', '--threshold', '6']);
    expect(text).toContain('score 5 → 10 of 6');
    expect(text.match(/ruleRemoveTargetById/g)).toHaveLength(1);
  });

  it('proposes nothing that it could not try: a name that no quoting of SecLang holds', () => {
    const { text } = inspect(['shop/?a%0ab=union select x']);
    expect(text).toContain('No exclusion is proposed');
  });

  it('proposes none where a whole attack would have to be let in', () => {
    const { text } = inspect([
      "shop/?a=;cat /etc/passwd&b=<script>alert(1)</script>&c=' or 1=1--&d=../../etc/passwd",
    ]);
    expect(text).toContain('No exclusion is proposed');
    expect(text).not.toContain('SecRule');
  });

  it('names a rule as a whole where no part of the request can be left out', () => {
    const { text } = inspect(['shop/', '-H', 'Host:', '--threshold', '3']);
    expect(text).toContain('ctl:ruleRemoveById=920280');
  });
});
