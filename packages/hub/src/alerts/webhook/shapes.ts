/** The bodies that receivers expect. What comes from requests is data in all of them, never markup. */
import type { AlertNotice } from '../notice.ts';
import { fillTemplate } from '../template.ts';
import type { WebhookConfig } from './config.ts';

/** @returns JSON; null where this receiver is not told of this */
export function bodyFor(config: WebhookConfig, notice: AlertNotice): string | null {
  if (notice.state === 'resolved' && !config.resolved) return null;
  switch (config.kind) {
    case 'generic':
      return config.template === undefined ? JSON.stringify(notice) : filled(config.template, notice);
    case 'slack':
      return JSON.stringify(slackMessage(notice));
    case 'alertmanager':
      return JSON.stringify([alertmanagerAlert(notice)]);
    case 'jira':
      // An issue is closed by people.
      return notice.state === 'resolved' ? null : JSON.stringify(jiraIssue(config, notice));
  }
}

type Texts = Readonly<Record<string, string | number | null>>;

const textsOf = ({ source, destination, key, rules, ...rest }: AlertNotice): Texts => ({
  ...{ id: rest.id, alert: rest.alert, state: rest.state, severity: rest.severity, summary: rest.summary },
  ...{ description: rest.description, owner: rest.owner ?? '', count: rest.count, value: rest.value },
  ...{
    at: rest.at,
    firedAt: rest.firedAt,
    event: rest.event ?? '',
    key: keyText(key),
    rules: rules.join(', '),
  },
  ...prefixed('source', source),
  ...prefixed('destination', destination),
});

const prefixed = (end: string, { ip, namespace, pod, owner, labels }: AlertNotice['source']): Texts => ({
  [`${end}.ip`]: ip ?? '',
  [`${end}.namespace`]: namespace ?? '',
  [`${end}.pod`]: pod ?? '',
  [`${end}.owner`]: owner ?? '',
  [`${end}.labels`]: labels.join(', '),
});

const keyText = (key: AlertNotice['key']): string =>
  Object.entries(key)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');

/** Filled text by text, so that no value can end one. */
function filled(template: string, notice: AlertNotice): string {
  const texts = textsOf(notice);
  return JSON.stringify(JSON.parse(template), (_, value: unknown) =>
    typeof value === 'string' ? fillTemplate(value, texts) : value,
  );
}

/** Slack's own marks are three: https://docs.slack.dev/messaging/formatting-message-text#escaping */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What is known of both ends: who owns them, where they are, and their labels. */
const LINES = [
  'alert',
  'owner',
  'count',
  'destination.owner',
  'destination.namespace',
  'destination.labels',
  'source.ip',
  'source.owner',
  'source.namespace',
  'source.labels',
  'rules',
] as const;

function slackMessage(notice: AlertNotice): unknown {
  const texts = textsOf(notice);
  const title = `${notice.state === 'firing' ? 'Firing' : 'Resolved'}: ${notice.summary}`;
  const lines = LINES.filter((name) => texts[name] !== '').map((name) => `${name}: ${texts[name]}`);
  const plain = (text: string) => ({ type: 'plain_text', text: text.slice(0, 2_900), emoji: false });
  return {
    text: escaped(title),
    blocks: [
      { type: 'header', text: plain(title.slice(0, 150)) },
      { type: 'section', text: plain([notice.description, ...lines].join('\n')) },
    ],
  };
}

/** https://prometheus.io/docs/alerting/latest/clients/ */
function alertmanagerAlert(notice: AlertNotice): unknown {
  const texts = textsOf(notice);
  const labels = Object.entries({
    alertname: notice.alert,
    severity: String(notice.severity),
    source_ip: texts['source.ip'],
    source_namespace: texts['source.namespace'],
    source_owner: texts['source.owner'],
    destination_namespace: texts['destination.namespace'],
    destination_owner: texts['destination.owner'],
    ...Object.fromEntries(
      Object.entries(notice.key).map(([name, value]) => [labelName(name), String(value)]),
    ),
  });
  return {
    labels: Object.fromEntries(labels.filter(([, value]) => value !== '')),
    annotations: {
      ...{ summary: notice.summary, description: notice.description, count: String(notice.count) },
      ...told(texts, ['owner', 'source.labels', 'destination.labels']),
    },
    startsAt: notice.firedAt,
    ...(notice.state === 'resolved' ? { endsAt: notice.at } : {}),
  };
}

/** What is known of these; Alertmanager has no dots in names. */
const told = (texts: Texts, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.filter((name) => texts[name] !== '').map((name) => [labelName(name), String(texts[name])]),
  );

const labelName = (field: string): string => field.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(\d)/, '_$1');

/** REST API 2: https://developer.atlassian.com/server/jira/platform/rest/ */
function jiraIssue(
  { project, issueType }: Extract<WebhookConfig, { readonly kind: 'jira' }>,
  notice: AlertNotice,
): unknown {
  const texts = textsOf(notice);
  const lines = LINES.filter((name) => texts[name] !== '')
    .map((name) => `${name}: ${texts[name]}`)
    .join('\n');
  return {
    fields: {
      project: { key: project },
      issuetype: { name: issueType },
      summary: notice.summary.replace(/\s+/g, ' ').slice(0, 250),
      description: `{noformat}\n${`${notice.description}\n${lines}`.replaceAll('{noformat}', '{ noformat }')}\n{noformat}`,
    },
  };
}
