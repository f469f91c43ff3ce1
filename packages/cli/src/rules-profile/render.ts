/** A profile as text for a terminal. */
import { basename } from 'node:path';
import type { Style } from '../inspect/render-value.ts';
import { visible } from '../inspect/visible.ts';
import type { Parts, Profile, ProfiledRule } from './profile.ts';

const PARTS: readonly (readonly [keyof Parts, string])[] = [
  ['parse', 'parse: head, arguments, body, and all else'],
  ['transform', 'transform: values before the scan'],
  ['scan', 'scan: collect, classify, Hyperscan'],
  ['walk', 'walk: between rules, and rules decided beforehand'],
  ['rules', 'rules: those that were asked'],
];

const HEAD = ['rule', 'phase', 'µs', 'share', 'asked', 'µs asked', 'confirmed', 'matched'] as const;

/** @param top so many rules, the dearest */
export function renderProfile(profile: Profile, top: number, style: Style): string {
  const { requests, inspections, denied, policy, rules, ruleCount, failures } = profile;
  const shown = rules.slice(0, top);
  const rest = rules.slice(top);
  const parts = PARTS.map(([part, name]) => [
    name,
    micros(profile.parts[part]),
    percent(profile.parts[part] / profile.partsMicros),
  ]);
  const lines = [
    `${plural(requests, 'request')}, ${denied} denied; policy ${policy.name}, mode ${policy.mode}, paranoia level ${policy.paranoia}`,
    style.bold(`${micros(profile.micros)} µs a request`) +
      style.dim(
        ` (${plural(inspections, 'inspection')}; ${micros(profile.partsMicros)} µs while they are timed part by part)`,
      ),
    '',
    ...aligned([['', 'µs', 'share'], ...parts]),
    '',
    `${rules.length} of ${ruleCount} rules were asked; all figures a request`,
    ...withText([[...HEAD], ...shown.map(cells)], ['', ...shown.map(describe)], style),
    ...(rest.length === 0 ? [] : [restLine(rest)]),
    ...failures.map(({ id, reason }) => style.red(`rule ${id} failed: ${visible(reason)}`)),
  ];
  return `${lines.join('\n')}\n`;
}

const cells = (rule: ProfiledRule): readonly string[] => [
  String(rule.id),
  String(rule.phase),
  micros(rule.micros),
  percent(rule.share),
  count(rule.candidates),
  micros(rule.microsAsked),
  count(rule.confirmations),
  count(rule.matches),
];

const MESSAGE_CHARACTERS_MAX = 60;

function describe({ message, file, line }: ProfiledRule): string {
  const text = visible(message ?? '');
  const shown = text.length > MESSAGE_CHARACTERS_MAX ? `${text.slice(0, MESSAGE_CHARACTERS_MAX - 1)}…` : text;
  return `${basename(file)}:${line}  ${shown}`.trimEnd();
}

function restLine(rest: readonly ProfiledRule[]): string {
  const sum = (figure: (rule: ProfiledRule) => number): number =>
    rest.reduce((total, rule) => total + figure(rule), 0);
  const share = percent(sum((rule) => rule.share));
  return `${plural(rest.length, 'more rule')}: ${micros(sum((rule) => rule.micros))} µs, ${share} (--top ${rest.length + 1} and more shows them)`;
}

const micros = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const count = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2));
const plural = (value: number, noun: string): string => `${value} ${noun}${value === 1 ? '' : 's'}`;

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

const withText = (
  rows: readonly (readonly string[])[],
  texts: readonly string[],
  style: Style,
): readonly string[] =>
  aligned(rows).map((row, index) => (texts[index] ? `${row}  ${style.dim(texts[index])}` : row));
