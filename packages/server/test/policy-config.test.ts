import { POLICY_RULE_IDS } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { ServerError } from '../src/errors.ts';
import { RESERVED_RULE_IDS } from '../src/policies/limits.ts';

const FILE = '/etc/sluice/sluice.yaml';
const parse = (text: string) => parseConfig(text, FILE);
const policy = (settings: string) => parse(`policies:\n  default: ${settings}`).policies.default;

function refusal(text: string): ServerError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ServerError) return error;
    throw error;
  }
  throw new RangeError('the configuration was taken');
}

describe('a policy', () => {
  it('excludes rules by id, range and tag, for targets and paths', () => {
    const text =
      '{exclusions: [{rules: [942100, 942200-942299], targets: [ARGS:comment], paths: [/api/*], reason: why}]}';
    expect(policy(text).exclusions).toEqual([
      { rules: [942_100, [942_200, 942_299]], tags: [], targets: ['ARGS:comment'], paths: ['/api/*'] },
    ]);
    expect(policy('{exclusions: [{tags: [attack-sqli]}]}').exclusions).toMatchObject([
      { tags: ['attack-sqli'] },
    ]);
  });

  it('keeps off the ids of the rules that the engine makes of policies', () => {
    expect(POLICY_RULE_IDS).toMatchObject(RESERVED_RULE_IDS);
  });

  it('leaves limits of bodies to the rule files unless it names them, and responses alone', () => {
    expect(policy('{}')).toMatchObject({
      body: { bytesMax: null, noFilesBytesMax: null, filesBytesMax: null, beyond: null },
      responses: { inspect: false, mediaTypes: null, bytesMax: null, beyond: null },
    });
    expect(policy('{body: {bytesMax: 1000, beyond: Partial}}').body).toMatchObject({
      bytesMax: 1_000,
      beyond: 'Partial',
    });
  });

  it('takes the template of a block page apart', () => {
    const text = `{blockPage: {status: 406, headers: {retry-after: "1", x-id: "no {{request_id}}"}, bodies: [
      {contentType: text/html, template: "<p title='{{request_id}}'>{{ request_id }}</p>"}]}}`;
    expect(policy(text).blockPage).toEqual({
      status: 406,
      headers: [
        ['retry-after', ['1']],
        ['x-id', ['no ', '']],
      ],
      bodies: [{ contentType: 'text/html', pieces: ["<p title='", "'>", '</p>'] }],
    });
  });

  it.each([
    ['an exclusion of nothing', '{exclusions: [{targets: [ARGS]}]}', 'names rules or tags'],
    ['an exclusion of what decides', '{exclusions: [{rules: [949000-949999]}]}', 'rule 949110 decides'],
    [
      'an exclusion of the scores of what decides',
      '{exclusions: [{rules: [949110], targets: [TX:BLOCKING_INBOUND_ANOMALY_SCORE]}]}',
      'rule 949110 decides',
    ],
    [
      'an exclusion of all rules by their tag',
      '{exclusions: [{tags: [attack-sqli, OWASP_CRS]}]}',
      'OWASP_CRS is a tag',
    ],
    [
      'an exclusion of what decides, by a tag and its scores',
      '{exclusions: [{tags: [anomaly-evaluation], targets: [TX]}]}',
      'anomaly-evaluation is a tag',
    ],
    [
      "an exclusion of a policy's own rule",
      '{exclusions: [{rules: [90000001]}]}',
      'those of policies themselves',
    ],
    ['a rule that is no id', '{exclusions: [{rules: [sqli]}]}', 'named by its id'],
    [
      'a target of no variable',
      '{exclusions: [{rules: [1], targets: ["args:a"]}]}',
      'a variable as in SecLang',
    ],
    ['a path that is none', '{exclusions: [{rules: [1], paths: [api]}]}', 'a path as it is sent'],
    [
      'an address that is none',
      '{addresses: {deny: [10.0.0.0/33]}}',
      'neither an IP address nor a CIDR range',
    ],
    ['a misspelt key in a list', '{exclusions: [{rules: [1], pathes: [/]}]}', 'did you mean paths?'],
    [
      'limits at odds',
      '{body: {bytesMax: 10, noFilesBytesMax: 11}}',
      'noFilesBytesMax is more than bytesMax',
    ],
    ['a media type that is none', '{responses: {mediaTypes: [html]}}', 'a media type in lower case'],
    ['a status that is no denial', '{blockPage: {status: 200}}', 'a status from 400 on'],
    ['a status that Envoy has not', '{blockPage: {status: 418}}', 'a status from 400 on'],
    ['a header of Sluice', '{blockPage: {headers: {content-length: "1"}}}', 'is set by Sluice or by Envoy'],
    ['a header over two lines', '{blockPage: {headers: {a: "b\\r\\nc: d"}}}', 'printable ASCII'],
    ['a header that is none', '{blockPage: {headers: {"a b": c}}}', 'not the name of a header'],
    [
      'a page that prints what a client sends',
      '{blockPage: {bodies: [{contentType: text/html, template: "{{uri}}"}]}}',
      '{{uri}} is not known',
    ],
    [
      'a header that prints what a client sends',
      '{blockPage: {headers: {location: "/{{host}}"}}}',
      '{{host}} is not known',
    ],
    [
      'an id in a script',
      '{blockPage: {bodies: [{contentType: text/html, template: "<script>x({{request_id}})</script>"}]}}',
      'inside of <script>',
    ],
    [
      'an id in a tag without quotes',
      '{blockPage: {bodies: [{contentType: text/html, template: "<a id={{request_id}}>"}]}}',
      'outside of quotes',
    ],
    [
      'an id in an event handler',
      `{blockPage: {bodies: [{contentType: text/html, template: "<a onclick='f({{request_id}})'>"}]}}`,
      'run as a script',
    ],
    [
      'an id outside of a JSON string',
      `{blockPage: {bodies: [{contentType: application/json, template: '{"id": {{request_id}}}'}]}}`,
      'not JSON',
    ],
  ])('refuses %s', (_, settings, reason) => {
    const error = refusal(`policies:\n  default: ${settings}`);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(/^\/etc\/sluice\/sluice\.yaml:2:\d+: policies\.default/);
    expect(error.message).toContain(reason);
  });
});

describe('select', () => {
  const withShop = (select: string) => parse(`policies: {shop: {mode: Detect}}\nselect: ${select}`).select;

  it('reads destinations and what is stricter', () => {
    const text = `{destinations: [{policy: shop, addresses: [10.0.0.0/8], ports: [80]}],
      stricter: [{hosts: [Admin.Example.com], mode: Block, deny: everybody}]}`;
    expect(withShop(text)).toMatchObject({
      destinations: [
        { policy: 'shop', addresses: ['10.0.0.0/8'], ports: [80], routes: [], virtualHosts: [] },
      ],
      stricter: [{ hosts: ['admin.example.com'], mode: 'Block', deny: 'everybody' }],
    });
  });

  it.each([
    ['a policy that is not there', '{destinations: [{policy: shp, ports: [1]}]}', 'no policy is named shp'],
    ['a destination that is none', '{destinations: [{policy: shop}]}', 'says nothing of where'],
    [
      'an entry that is never asked',
      '{destinations: [{policy: shop, addresses: [10.0.0.0/8]}, {policy: default, addresses: [10.1.0.0/16], ports: [1]}]}',
      'entry 1 matches before it',
    ],
    [
      'stricter for no policy',
      '{stricter: [{policies: [x], hosts: [a], mode: Block}]}',
      'no policy is named x',
    ],
    ['stricter for everybody', '{stricter: [{mode: Block}]}', 'names neither hosts nor headers'],
    [
      'stricter that is not',
      '{stricter: [{hosts: [a], mode: Detect, thresholds: {inbound: 9}}]}',
      'nothing stricter',
    ],
    ['stricter that switches off', '{stricter: [{hosts: [a], mode: Off}]}', 'expected Detect or Block'],
    ['a host with a port', '{stricter: [{hosts: ["a:80"], mode: Block}]}', 'without a port'],
  ])('refuses %s', (_, select, reason) => {
    const error = refusal(`policies: {shop: {mode: Detect}}\nselect: ${select}`);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(`${FILE}:2:`);
    expect(error.message).toContain(reason);
  });

  it('refuses more rule sets than it would keep, and takes any number of entries that make few', () => {
    const entries = (setting: (index: number) => string) =>
      `{stricter: [${Array.from({ length: 60 }, (_, index) => `{hosts: [h${index}], ${setting(index)}}`).join(', ')}]}`;
    expect(withShop(entries(() => 'mode: Block, paranoia: 2, deny: [10.0.0.0/8]')).stricter).toHaveLength(60);
    const text = entries((index) => `thresholds: {inbound: ${100 - index}, outbound: ${60 + index}}`);
    const error = refusal(`policies: {shop: {thresholds: {inbound: 200, outbound: 200}}}\nselect: ${text}`);
    expect(error.message).toContain('more than 1024 rule sets');
  });
});

describe('events of a policy', () => {
  it('have no hashes without a key', () => {
    const policy = '{shop: {mode: Block, events: {hash: true}}}';
    expect(() => parseConfig(`policies: ${policy}`, 'sluice.yaml')).toThrow(
      /policies\.shop\.events\.hash: hashes need a key/,
    );
    const config = parseConfig(
      `{policies: ${policy}, events: {hashKeyFile: /etc/sluice/hash.key}}`,
      'sluice.yaml',
    );
    expect(config.policies.shop?.events.hash).toBe(true);
  });

  it('take names of headers in any case', () => {
    const events = '{sampleClean: 100, mask: {names: [pin], headers: [X-Account]}}';
    expect(parseConfig(`policies: {shop: {events: ${events}}}`, 'sluice.yaml').policies.shop?.events).toEqual(
      {
        sampleClean: 100,
        hash: false,
        mask: { names: ['pin'], headers: ['x-account'] },
      },
    );
    const wrong = 'policies: {shop: {events: {mask: {headers: ["a b"]}}}}';
    expect(() => parseConfig(wrong, 'sluice.yaml')).toThrow(/the name of a header/);
  });
});
