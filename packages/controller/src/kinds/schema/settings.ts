/**
 * What a policy says, by the names and meanings of sluice.yaml (docs/policies.md). Absent is inherited, field by field: so nothing in here has a
 * default, for the API server would write it where somebody meant to inherit. `ruleFiles` has no place: SecLang comes from RuleSets.
 */
import { BODY_PROFILES, DATA_PATHS } from '@sluice/envoy-config';
import { UNINSPECTABLE_CAUSES } from '@sluice/server/inspector';
import { POLICY_LIMITS } from '@sluice/server/policies/limits';
import { count, paranoia, threshold } from '@sluice/server/policies/policy-schema';
import { z } from 'zod';
import { intOrString, maybe } from './field.ts';

export const modeSchema = z.enum(['Off', 'Detect', 'Block']);

const action = z.enum(['deny', 'allow']);

export const RULE_RANGE = /^[0-9]{1,15}-[0-9]{1,15}$/;
const ruleIds = intOrString(
  RULE_RANGE,
  'a rule is named by its id, or by a range of ids such as 942100-942199',
);

const names = z.array(z.string().min(1).max(256)).max(POLICY_LIMITS.namesMax);
const text = (charactersMax: number) => z.string().max(charactersMax);
const networks = z.array(text(64)).max(POLICY_LIMITS.networksMax);

export const thresholdsSchema = z.strictObject({
  inbound: maybe(threshold, 'Anomaly score from which a request is denied; 5 where nothing says otherwise.'),
  outbound: maybe(threshold, 'The same of responses; 4 where nothing says otherwise.'),
});

const exclusionFields = z.strictObject({
  rules: maybe(
    z.array(ruleIds).max(POLICY_LIMITS.namesMax),
    'Ids of rules, and ranges such as 942100-942199, that the policy does without.',
  ),
  tags: maybe(names, 'Tags of such rules, in full.'),
  targets: maybe(
    z.array(text(512)).max(POLICY_LIMITS.namesMax),
    'What they no longer read, as in SecLang: ARGS:comment. The whole rule where absent.',
  ),
  paths: maybe(
    z.array(text(1_025)).max(POLICY_LIMITS.namesMax),
    'Where that holds: /search, or /api/* for all below it. Everywhere where absent.',
  ),
  reason: maybe(text(1_024), 'For those who read the policy.'),
  owner: maybe(text(253), 'Who answers for it: a team, an address.'),
  expires: maybe(
    text(64),
    'From then on it no longer holds, without anybody doing anything: a day, 2026-12-31, or a time with its zone, 2026-12-31T18:00:00Z.',
  ),
});

export const exclusionSchema = exclusionFields.meta({
  'x-kubernetes-validations': [
    {
      rule: '(has(self.rules) && size(self.rules) > 0) || (has(self.tags) && size(self.tags) > 0)',
      message: 'an exclusion names rules or tags',
    },
  ],
});

const bytes = count(1, POLICY_LIMITS.bodyBytesMax);
const beyond = z.enum(['Refuse', 'Partial']);

const body = z.strictObject({
  bytesMax: maybe(bytes, "Bytes of a request's body that are inspected, files included."),
  noFilesBytesMax: maybe(bytes, 'Bytes outside of uploaded files.'),
  filesBytesMax: maybe(bytes, 'Bytes of uploaded files, which then do not count against bytesMax.'),
  beyond: maybe(
    beyond,
    'Refuse: what is longer cannot be inspected. Partial: what is before the limit is judged, the rest is not inspected.',
  ),
});

const responses = z.strictObject({
  inspect: maybe(z.boolean(), "Whether responses are inspected, by the CRS's rules on data leaks."),
  mediaTypes: maybe(
    z.array(text(129)).max(POLICY_LIMITS.namesMax),
    'Media types of the bodies that are inspected, in lower case.',
  ),
  bytesMax: maybe(bytes, "Bytes of a response's body that are inspected."),
  beyond: maybe(beyond, 'As body.beyond.'),
});

const page = z.strictObject({
  contentType: text(256).meta({ description: 'Content type of the body, such as text/html; charset=utf-8.' }),
  template: text(POLICY_LIMITS.pageCharactersMax).meta({
    description:
      "Its text, in which {{request_id}} stands for the request's id and nothing else stands for anything.",
  }),
});

const blockPage = z.strictObject({
  status: maybe(count(400, 511), "HTTP status of every denial. The rule's own, or 403, where absent."),
  bodies: maybe(
    z.array(page).max(POLICY_LIMITS.pagesMax),
    'Bodies, of which the client has the one that its Accept header likes best, else the last one.',
  ),
  headers: maybe(
    z.record(z.string(), text(1_024)).meta({ maxProperties: POLICY_LIMITS.pageHeadersMax }),
    'Headers of a denial, by name in lower case; values may have {{request_id}}.',
  ),
});

const events = z.strictObject({
  sampleClean: maybe(
    count(0, 1_000_000_000),
    'One of so many requests in which nothing was found makes an event all the same; 0: none.',
  ),
  hash: maybe(
    z.boolean(),
    'Values that are masked get a keyed hash beside the mask: equal values, equal hashes.',
  ),
  mask: maybe(
    z.strictObject({
      names: maybe(
        z.array(text(128)).max(POLICY_LIMITS.namesMax),
        'Arguments, cookies and members of JSON whose values are masked, beside those that always are.',
      ),
      headers: maybe(
        z.array(text(128)).max(POLICY_LIMITS.namesMax),
        'Headers whose values are masked, beside those that always are.',
      ),
    }),
    'What is masked in events, beside what always is.',
  ),
});

/** Of sluice.yaml: an entry of `policies`, which the server's own schema judges (problems.ts). */
const serverFields = {
  mode: maybe(
    modeSchema,
    'Off: nothing is looked at. Detect: judged and recorded, let through. Block: denied. Detect where nothing says otherwise.',
  ),
  staged: maybe(
    z.strictObject({
      paths: maybe(
        z.array(text(1_025)).max(POLICY_LIMITS.namesMax),
        'Requests to these paths: /search, or /api/* for all below it. A path that may be read as another counts as one of them.',
      ),
      percent: maybe(
        z.number().min(0).max(100),
        'So many of a hundred clients, by their address: the same ones each time.',
      ),
    }),
    'Where a policy in Detect is in Block already (docs/promote.md). Says nothing in Block and Off.',
  ),
  paranoia: maybe(paranoia, 'Paranoia level of the CRS, 1 to 4; 1 where nothing says otherwise.'),
  thresholds: maybe(thresholdsSchema, 'Anomaly scores from which is denied.'),
  unavailable: maybe(
    z.enum(['Closed', 'Open']),
    'What Envoy does while Sluice does not answer. Closed: refuses. Open: lets through. Detect is always Open. Closed where nothing says otherwise.',
  ),
  uninspectable: maybe(
    z.strictObject({
      default: maybe(
        action,
        'What Block does with what cannot be inspected; deny where nothing says otherwise.',
      ),
      overrides: maybe(
        z.partialRecord(z.enum(UNINSPECTABLE_CAUSES), action),
        'The same for a cause by its name, body_size: allow.',
      ),
    }),
    'What Block does with requests that cannot be inspected: broken, too large, too deep.',
  ),
  exclusions: maybe(
    z.array(exclusionSchema).max(POLICY_LIMITS.exclusionsMax),
    'Rules, or what they read, that the policy does without. Added to those that are inherited.',
  ),
  addresses: maybe(
    z.strictObject({
      deny: maybe(networks, 'Clients that are denied before any rule: addresses or CIDR ranges.'),
      allow: maybe(networks, 'Clients whose requests are not inspected. Who is in both lists is denied.'),
    }),
    'Clients by address. Added to those that are inherited.',
  ),
  body: maybe(body, "How much of a request's body is inspected.", {
    rules: [
      {
        rule: '!has(self.noFilesBytesMax) || !has(self.bytesMax) || self.noFilesBytesMax <= self.bytesMax',
        message: 'noFilesBytesMax is more than bytesMax',
      },
    ],
  }),
  responses: maybe(responses, 'Whether and how responses are inspected.'),
  upgrades: maybe(
    z.enum(['Allow', 'Deny']),
    'WebSocket and other upgrades. Their handshake is judged; what they carry is not inspected. Allow where nothing says otherwise.',
  ),
  profile: maybe(
    z.enum(BODY_PROFILES),
    'What becomes of bodies by ext_proc (docs/envoy.md); streaming where nothing says otherwise.',
  ),
  blockPage: maybe(blockPage, 'What a client sees that is denied.'),
  events: maybe(events, 'What events tell.'),
};

/** Of the node's table: what Envoy has to know and the server does not. */
const tableFields = {
  dataPath: maybe(
    z.enum(DATA_PATHS),
    'How Envoy asks. ext_authz: once, with the request whole. ext_proc: in a stream, with what comes as it comes. ext_authz where nothing says otherwise.',
  ),
  uninspected: maybe(
    z.enum(['Allow', 'Refuse']),
    'What becomes of ports that cannot be inspected (TLS without a key, no HTTP) in Block; Refuse where nothing says otherwise.',
  ),
  paths: maybe(
    z.enum(['AsSent', 'Normalised', 'Strict']),
    'What Envoy does to a path before anybody sees it. Normalised in Block where nothing says otherwise; Detect and Off leave it AsSent.',
  ),
};

export const TABLE_SETTINGS: readonly string[] = Object.keys(tableFields);

export const settingsShape = { ...serverFields, ...tableFields };
export const settingsSchema = z.strictObject(settingsShape);
