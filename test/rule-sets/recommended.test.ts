/** The recommended configurations as they ship: Coraza's in the pinned module, ModSecurity's in Debian's package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crsDirectory } from '../../packages/cli/src/setup/paths.ts';
import { Engine, fromBytes, overlayFor } from '../../packages/engine/src/index.ts';
import { debianPackage } from './debian-package.ts';
import { FORM, judge, type Message, policyOf } from './support.ts';

const MODSECURITY = 'etc/modsecurity/modsecurity.conf-recommended';
const { root, missing } = debianPackage(
  'libapache2-mod-security2',
  'modsecurity-2.9.7',
  /^libapache2-mod-security2_2\.9\.\d.*\.deb$/,
  [MODSECURITY],
);

const own = new Engine({ cacheDirectory: null });
const ruleSetOf = (path: string) => {
  const text = fromBytes(readFileSync(path));
  const unit = own.loadRules([{ path, text }]);
  return { unit, ruleSet: own.ruleSet(unit, overlayFor(policyOf())) };
};

const MESSAGES: Readonly<Record<string, readonly [message: Message, ruleId: number | null]>> = {
  'a form': [{ body: 'a=1' }, null],
  JSON: [{ body: '{"a":1}', type: 'application/json' }, null],
  XML: [{ body: '<a>1</a>', type: 'application/soap+xml' }, null],
  'malformed JSON': [{ body: '{"a":', type: 'application/json' }, 200002],
  'malformed XML': [{ body: '<a>', type: 'text/xml' }, 200002],
  'a part with bare line feeds': [
    {
      body: '--b\nContent-Disposition: form-data; name="a"\n\nx\n--b--\n',
      type: 'multipart/form-data; boundary=b',
    },
    200003,
  ],
};

function check(path: string): void {
  const { unit, ruleSet } = ruleSetOf(path);
  // Each warning says which directive is not heeded, and why; none is about a rule.
  for (const { message } of unit.program.warnings) expect(message).toMatch(/^Sec\w+: [a-z]/);
  expect(unit.program.settings).toMatchObject({
    ruleEngine: 'DetectionOnly',
    requestBodyAccess: true,
    responseBodyAccess: true,
    responseMimeTypes: ['text/plain', 'text/html', 'text/xml'],
    limits: { requestBodyBytesMax: 13_107_200, responseBodyBytesMax: 524_288 },
  });
  for (const [name, [message, ruleId]] of Object.entries(MESSAGES)) {
    const { verdict, failures } = judge(ruleSet, { type: FORM, ...message });
    expect([name, failures]).toEqual([name, []]);
    if (ruleId === null) expect([name, verdict]).toEqual([name, { kind: 'allow' }]);
    else expect([name, verdict]).toMatchObject([name, { kind: 'deny', status: 400, ruleId }]);
  }
}

describe('the recommended configuration', () => {
  it('of Coraza loads and does what it says', () => {
    check(join(crsDirectory(), 'rules/@coraza.conf-recommended'));
  });

  it('of Coraza takes any type that ends in +json as JSON', () => {
    const { ruleSet } = ruleSetOf(join(crsDirectory(), 'rules/@coraza.conf-recommended'));
    const message: Message = { body: '{"a":', type: 'application/cloudevents+json' };
    expect(judge(ruleSet, message).verdict).toMatchObject({ ruleId: 200002 });
  });

  // It is Debian's and not in this repository: a machine without apt or network cannot have it.
  it.skipIf(missing !== null)(
    `of ModSecurity loads and does what it says${missing === null ? '' : `: ${missing}`}`,
    () => {
      check(join(root, MODSECURITY));
    },
  );
});
