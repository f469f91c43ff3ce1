/** The story of the demo: a search, a theft without Sluice, the same theft with it, and why it was seen. */
import type { FiringAlert } from './alerts.ts';
import { fetchPage, type Reply } from './client.ts';
import { DemoError } from './errors.ts';
import { type Explanation, explain } from './explain.ts';
import type { DemoMode, Stage, StartupMillis } from './stage.ts';

export interface SearchResult {
  readonly status: number;
  readonly path: string;
  readonly rows: readonly unknown[];
}

export interface AttackResult extends Explanation {
  readonly status: number;
  readonly path: string;
  /** What the client was told instead of the shop's answer; the shop's answer in Detect. */
  readonly body: string;
}

/** Where the attack's event is, for `sluice events`. */
export interface KeptEvent {
  readonly store: string;
  readonly id: string;
}

export interface StoryResult {
  readonly mode: DemoMode;
  readonly urls: {
    readonly shop: string;
    readonly protected: string;
    readonly console: string;
    readonly hub: string;
  };
  readonly setup: { readonly seconds: number | null };
  readonly startup: { readonly millis: StartupMillis };
  readonly benign: SearchResult;
  readonly unprotected: SearchResult;
  readonly attack: AttackResult;
  readonly kept: KeptEvent;
  /** What fires for it. */
  readonly alert: FiringAlert;
}

/** Closes the string of the shop's statement, and appends a query of its own with as many columns. */
export const ATTACK = "' UNION SELECT id, email, password_hash, 0 FROM users --";
/** Finds nothing in the shop, so that all rows are stolen ones. */
const ATTACK_PREFIX = 'zzz';

/** The apostrophe too, so that the path can stand in a shell's quotes. */
const searchPath = (text: string): string => `/search?q=${encodeURIComponent(text).replaceAll("'", '%27')}`;

export const BENIGN_PATH = searchPath('hose');
export const ATTACK_PATH = searchPath(ATTACK_PREFIX + ATTACK);

/**
 * Plays it once.
 * @throws DemoError DEMO_EVENT_MISSING where Sluice saw nothing in the attack, DEMO_EVENT_NOT_KEPT, DEMO_ALERT_SILENT
 */
export async function playStory(stage: Stage, setupSeconds: number | null): Promise<StoryResult> {
  const benign = await fetchPage(stage.protectedPort, BENIGN_PATH);
  const unprotected = await fetchPage(stage.shopPort, ATTACK_PATH);
  const attack = await fetchPage(stage.protectedPort, ATTACK_PATH);
  // Sluice makes the event behind its answer.
  const event = await stage.events.of(ATTACK_PATH);
  if (event === undefined) throw new DemoError('DEMO_EVENT_MISSING', { status: attack.status });
  await stage.kept(event.event.id);
  const alert = await stage.alerted();
  return {
    mode: stage.mode,
    urls: {
      ...{ shop: urlOf(stage.shopPort), protected: urlOf(stage.protectedPort) },
      ...{ console: stage.consoleUrl, hub: stage.hubUrl },
    },
    setup: { seconds: setupSeconds },
    startup: { millis: stage.startup },
    benign: found(benign, BENIGN_PATH),
    unprotected: found(unprotected, ATTACK_PATH),
    attack: { status: attack.status, path: ATTACK_PATH, body: attack.body, ...explain(event) },
    kept: { store: stage.storeAddress, id: event.event.id },
    alert,
  };
}

const urlOf = (port: number): string => `http://localhost:${port}`;

const found = (reply: Reply, path: string): SearchResult => ({
  status: reply.status,
  path,
  rows: reply.status === 200 ? rowsOf(reply.body) : [],
});

function rowsOf(body: string): readonly unknown[] {
  const rows: unknown = JSON.parse(body);
  return Array.isArray(rows) ? rows : [];
}

/** What is wrong with a story that was played; empty where it came out as it must. */
export function faultsOf(story: StoryResult): readonly string[] {
  const { benign, unprotected, attack, mode } = story;
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  expect(benign.status === 200 && benign.rows.length > 0, `the ordinary search got ${benign.status}`);
  expect(unprotected.status === 200 && unprotected.rows.length > 0, 'the shop gave nothing away by itself');
  expect(attack.wouldBlock, 'the attack was not judged to be one');
  const status = mode === 'Block' ? 403 : 200;
  expect(attack.status === status, `the attack got ${attack.status} instead of ${status}`);
  return faults;
}
