/** The life of `sluice demo`: start, tell, keep running, and clean up whatever happens. */
import { DemoError } from './errors.ts';
import { explain } from './explain.ts';
import { writeHar } from './har.ts';
import { invitation, narrate, narrateEvent } from './narrate.ts';
import { type Paint, paintFor } from './paint.ts';
import { type DemoMode, Stage, type StageOptions } from './stage.ts';
import { ATTACK_PATH, BENIGN_PATH, faultsOf, playStory, type StoryResult } from './story.ts';

export interface DemoFlags {
  readonly mode: string;
  readonly port: string;
  readonly shopPort: string;
  readonly store: string;
  readonly keep: boolean;
  readonly once: boolean;
  readonly json: boolean;
  /** Where the story's requests are written as a HAR file. */
  readonly har?: string;
}

interface Options extends StageOptions {
  readonly mode: DemoMode;
}

const PORT_MAX = 65_535;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @throws DemoError and the errors of engine, server and Envoy; everything that was started is stopped first */
export async function runDemo(flags: DemoFlags): Promise<void> {
  const options = read(flags);
  const stage = new Stage(options.mode);
  const over = new AbortController();
  const cancelled = new AbortController();
  const signal = firstSignal(over.signal).then(() => cancelled.abort());
  try {
    await play(stage, options, flags, cancelled.signal);
    if (flags.once || cancelled.signal.aborted) return;
    await Promise.race([signal, stage.envoyEnded().then(fail)]);
    if (!flags.json) process.stderr.write('\nStopping.\n');
  } finally {
    over.abort();
    await stage.stop();
  }
}

/** @throws DemoError DEMO_OPTION */
function read(flags: DemoFlags): Options {
  const modes: Readonly<Record<string, DemoMode>> = { detect: 'Detect', block: 'Block' };
  const mode = modes[flags.mode.toLowerCase()];
  if (mode === undefined) throw new DemoError('DEMO_OPTION', { option: '--mode', reason: 'detect or block' });
  if (flags.store !== 'sqlite' && flags.store !== 'elasticsearch') {
    throw new DemoError('DEMO_OPTION', { option: '--store', reason: 'sqlite or elasticsearch' });
  }
  return {
    mode,
    port: readPort('--port', flags.port),
    shopPort: readPort('--shop-port', flags.shopPort),
    store: flags.store,
    keep: flags.keep,
  };
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= PORT_MAX) return port;
  throw new DemoError('DEMO_OPTION', { option, reason: `${text} is no port, 0 to ${PORT_MAX}` });
}

async function play(
  stage: Stage,
  options: Options,
  { json, once: ends, har }: DemoFlags,
  cancelled: AbortSignal,
): Promise<void> {
  const paint = paintFor(process.stdout, process.env);
  if (options.store === 'elasticsearch' && !json) {
    process.stderr.write('Starting Elasticsearch, which takes a quarter of a minute.\n');
  }
  await stage.start(options);
  if (cancelled.aborted) return;
  const story = await playStory(stage, setupSeconds());
  const asJson = `${JSON.stringify(story, null, ends ? 2 : 0)}\n`;
  process.stdout.write(json ? asJson : narrate(story, paint));
  const faults = faultsOf(story);
  if (faults.length > 0) throw new DemoError('DEMO_STORY_WRONG', { reason: faults.join('; ') });
  if (har !== undefined) writeHar(har, stage.protectedPort, [BENIGN_PATH, ATTACK_PATH]);
  if (!ends) keepTelling(stage, story, json, paint);
}

/** Only what is blocked, or would be, is told: other events are matches below the threshold. */
function keepTelling(stage: Stage, story: StoryResult, json: boolean, paint: Paint): void {
  if (!json) process.stdout.write(`\n${invitation(story, paint)}\n`);
  stage.events.follow((event) => {
    if (!event.waf.would_block) return;
    process.stdout.write(json ? `${JSON.stringify(explain(event))}\n` : narrateEvent(event, paint));
  });
}

/** Resolves at the first signal to stop; a second one has its usual effect. */
function firstSignal(over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      for (const name of SIGNALS) process.off(name, stop);
      resolve();
    };
    for (const name of SIGNALS) process.on(name, stop);
    over.addEventListener('abort', stop);
  });
}

function fail(what: string): never {
  throw new DemoError('DEMO_PART_LOST', { what });
}

/** Null where the launcher was not used, or had nothing to bring. */
function setupSeconds(): number | null {
  const millis = Number(process.env.SLUICE_SETUP_MS);
  return millis > 0 ? millis / 1_000 : null;
}
