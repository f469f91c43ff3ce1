/** `sluice ship dead`: what sinks have refused for good; it works beside a shipper that runs. */
import {
  type DeadLetter,
  DeadLetterFiles,
  identityIn,
  openSink,
  type PipelineLog,
  type ShipConfig,
  sendAgain,
} from '@sluice/shipper';
import { loadShipConfig } from './config.ts';

export interface Choice {
  readonly sink?: string;
  readonly code?: string;
}

/** Tabs, line ends, escapes: a reason may quote what a client sent. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const printable = (text: string): string => text.replace(UNPRINTABLE, '\uFFFD');

/** @throws ShipError, ShipperError */
export async function listDead(
  path: string,
  choice: Choice,
  { limit, json }: { readonly limit: number; readonly json: boolean },
): Promise<void> {
  const newest: DeadLetter[] = [];
  let found = 0;
  let damaged = 0;
  for (const files of filesOf(loadShipConfig(path), choice)) {
    for (const file of await files.files()) {
      const read = await files.read(file.path);
      damaged += read.damaged;
      for (const letter of read.letters.filter(chosenBy(choice))) {
        found += 1;
        newest.push(letter);
        if (newest.length > limit) newest.shift();
      }
    }
  }
  for (const letter of newest) {
    const { time, sink, code, reason, record } = letter;
    const line = json ? JSON.stringify(letter) : printable(`${time} ${sink} ${record.id} ${code}: ${reason}`);
    process.stdout.write(`${line}\n`);
  }
  process.stderr.write(`${found} dead letters${damaged === 0 ? '' : `, ${damaged} damaged lines`}\n`);
}

/**
 * @returns the exit code: 1 where some were refused again
 * @throws ShipError, ShipperError SINK_AWAY
 */
export async function retryDead(path: string, choice: Choice): Promise<number> {
  const config = loadShipConfig(path);
  const tell = (fields: object, message: string): void =>
    void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  const log: PipelineLog = { info: () => undefined, warn: tell };
  // Not the running shipper's own: its requests are not this command's to wait for.
  const identity = `${identityIn(config.state)}-retry`;
  let left = 0;
  for (const settings of config.sinks.filter(
    ({ name }) => choice.sink === undefined || choice.sink === name,
  )) {
    const sink = openSink(settings, { identity, log, inFlightMax: 1 });
    try {
      const files = new DeadLetterFiles({ directory: config.state, sink: sink.name });
      const sent = await sendAgain(files, sink, chosenBy(choice), new AbortController().signal);
      process.stdout.write(`${sink.name}: ${sent.stored} stored, ${sent.left} left\n`);
      left += sent.left;
    } finally {
      await sink.close();
    }
  }
  return left === 0 ? 0 : 1;
}

/**
 * @returns the exit code: 1 where something would be dropped and `yes` was not said
 * @throws ShipError, ShipperError
 */
export async function dropDead(path: string, choice: Choice, yes: boolean): Promise<number> {
  let dropped = 0;
  for (const files of filesOf(loadShipConfig(path), choice)) {
    for (const file of await files.files()) {
      const { letters } = await files.read(file.path);
      const isChosen = chosenBy(choice);
      const kept = letters.filter((letter) => !isChosen(letter));
      if (choice.code !== undefined && kept.length === letters.length) continue;
      dropped += letters.length - kept.length;
      if (!yes) continue;
      if (kept.length > 0) await files.write(kept);
      await files.remove(file.path);
    }
  }
  process.stdout.write(yes ? `${dropped} dropped\n` : `${dropped} would be dropped; say --yes\n`);
  return yes || dropped === 0 ? 0 : 1;
}

const chosenBy =
  ({ code }: Choice) =>
  (letter: DeadLetter): boolean =>
    code === undefined || letter.code === code;

const filesOf = ({ sinks, state }: ShipConfig, { sink }: Choice): readonly DeadLetterFiles[] =>
  sinks
    .filter(({ name }) => sink === undefined || sink === name)
    .map(({ name }) => new DeadLetterFiles({ directory: state, sink: name }));
