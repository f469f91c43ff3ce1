/**
 * What an event is made of, as plain data for another thread: one array of texts and numbers, which is copied in a fortieth of the time that it takes to make
 * the event (arrays of objects take three times as long). It is as secret as the request: only threads of the process may have it. What is the
 * same in many drafts, a rule's facts and a policy's context, is a text, which is written once and read once.
 */
import type { Hidden } from '../actions/state.ts';
import type { TransactionResult } from '../transaction/transaction.ts';
import { makePair, type Pair } from '../variables/pair.ts';
import type { ShownCoverage } from './coverage.ts';
import { type DraftPart, DraftReader, TextsRead, textOf } from './draft-parts.ts';
import { eventOf } from './event.ts';
import type { EventContext, EventOptions } from './event-options.ts';
import {
  type EventRequest,
  type EventResponse,
  type EventSource,
  sourceOfResult,
  type ToldMatch,
  type ToldRule,
} from './source.ts';
import type { EventWorkload, WafEvent } from './waf-event.ts';

/** What each request knows of itself, beside the context that all of its policy have. */
export type EventAbout = Pick<
  EventOptions,
  'probe' | 'scheme' | 'sample' | 'latencyMicros' | 'source' | 'destination'
>;

/** Structured cloning keeps it whole. Opaque: `eventOfDraft` alone reads it. */
export type EventDraft = readonly DraftPart[];

/**
 * @param id of the event
 * @param context of all events of the policy: the same object for each
 */
export function draftEvent(
  result: TransactionResult,
  id: string,
  context: EventContext,
  { coverage, ...about }: EventAbout & Pick<EventOptions, 'coverage'>,
): EventDraft {
  const source = sourceOfResult(result, id, coverage);
  const parts: DraftPart[] = [
    textOf(context, contextTexts, contextText),
    id,
    source.startedAtMillis,
    source.durationMicros,
    source.mode,
    source.policy,
    source.hasFailures,
    JSON.stringify(source.verdict),
  ];
  writeAbout(parts, about);
  writeCoverage(parts, source.coverage);
  writeRequest(parts, source.request);
  writeResponse(parts, source.response);
  // Few rules hide anything.
  parts.push(source.sanitised.length === 0 ? null : JSON.stringify(source.sanitised));
  const names = Object.keys(source.scores);
  parts.push(names.length);
  for (const name of names) parts.push(name, source.scores[name] ?? 0);
  parts.push(source.told.length);
  for (const match of source.told) writeMatch(parts, match);
  parts.push(source.kept.length);
  for (const { label, value } of source.kept) parts.push(label, value);
  return parts;
}

/** The event of a draft, as the thread that wrote the draft would have made it. */
export function eventOfDraft(draft: EventDraft): WafEvent {
  const reader = new DraftReader(draft);
  const context = contexts.read(reader.text());
  const facts = {
    id: reader.text(),
    startedAtMillis: reader.number(),
    durationMicros: reader.number(),
    mode: reader.text() as EventSource['mode'],
    policy: reader.text(),
    hasFailures: reader.flag(),
    verdict: JSON.parse(reader.text()) as EventSource['verdict'],
  };
  const about = readAbout(reader);
  const source: EventSource = {
    ...facts,
    coverage: readCoverage(reader),
    request: new ReadRequest(reader),
    response: readResponse(reader),
    sanitised: JSON.parse(reader.textOrNull() ?? '[]') as readonly Hidden[],
    scores: Object.fromEntries(reader.list(() => [reader.text(), reader.number()])),
    told: reader.list(() => readMatch(reader)),
    kept: reader.list(() => ({ label: reader.text(), value: reader.text() })),
  };
  return eventOf(source, { ...context, ...about });
}

function writeAbout(parts: DraftPart[], about: EventAbout): void {
  const { probe, scheme, sample, latencyMicros, source, destination } = about;
  parts.push(probe === true, scheme ?? null, sample ?? null, latencyMicros ?? null);
  for (const end of [source, destination])
    parts.push(end === undefined ? null : textOf(end, workloadTexts, (workload) => JSON.stringify(workload)));
}

function readAbout(reader: DraftReader): EventAbout {
  const probe = reader.flag();
  const scheme = reader.textOrNull() as NonNullable<EventAbout['scheme']> | null;
  const sample = reader.textOrNull() as NonNullable<EventAbout['sample']> | null;
  const latencyMicros = reader.numberOrNull();
  const [source, destination] = [reader.textOrNull(), reader.textOrNull()];
  return {
    probe,
    ...(scheme === null ? {} : { scheme }),
    ...(sample === null ? {} : { sample }),
    ...(latencyMicros === null ? {} : { latencyMicros }),
    ...(source === null ? {} : { source: workloads.read(source) }),
    ...(destination === null ? {} : { destination: workloads.read(destination) }),
  };
}

function writeCoverage(parts: DraftPart[], coverage: ShownCoverage): void {
  parts.push(
    coverage.body_bytes,
    coverage.body_inspected,
    coverage.request_bytes_seen,
    coverage.request_bytes_passed,
    coverage.response_bytes_seen,
    coverage.response_bytes_passed,
    coverage.skipped.length,
    ...coverage.skipped,
  );
}

const readCoverage = (reader: DraftReader): ShownCoverage => ({
  body_bytes: reader.number(),
  body_inspected: reader.flag(),
  request_bytes_seen: reader.number(),
  request_bytes_passed: reader.number(),
  response_bytes_seen: reader.number(),
  response_bytes_passed: reader.number(),
  skipped: reader.list(() => reader.text()),
});

function writeRequest(parts: DraftPart[], request: EventRequest): void {
  const { attributes, target, args, argsGet, processor } = request;
  const { client, server } = attributes;
  parts.push(
    attributes.id,
    attributes.method,
    attributes.uri,
    attributes.protocol,
    client.address,
    client.port,
    server.address,
    server.port,
    target.path,
    target.query,
    processor,
    // Of any other body only what it was taken apart into is looked at.
    processor === 'URLENCODED' ? request.bodyText : null,
  );
  writeHeaders(parts, request.headers);
  writePairs(parts, request.cookies);
  writePairs(parts, args);
  // Few requests have arguments both in query and body.
  parts.push(argsGet.length === args.length);
  if (argsGet.length !== args.length) writePairs(parts, argsGet);
  writePairs(parts, request.xmlNamed);
}

class ReadRequest implements EventRequest {
  readonly attributes: EventRequest['attributes'];
  readonly target: EventRequest['target'];
  readonly processor: string;
  readonly bodyText: string | null;
  readonly headers: readonly Pair[];
  readonly cookies: readonly Pair[];
  readonly args: readonly Pair[];
  readonly argsGet: readonly Pair[];
  readonly xmlNamed: readonly Pair[];

  /** Reads in the order in which `writeRequest` writes. */
  constructor(reader: DraftReader) {
    this.attributes = {
      id: reader.text(),
      method: reader.text(),
      uri: reader.text(),
      protocol: reader.text(),
      client: { address: reader.text(), port: reader.number() },
      server: { address: reader.text(), port: reader.number() },
    };
    this.target = { path: reader.text(), query: reader.textOrNull() };
    this.processor = reader.text();
    this.bodyText = reader.textOrNull();
    this.headers = readHeaders(reader);
    this.cookies = readPairs(reader);
    this.args = readPairs(reader);
    this.argsGet = reader.flag() ? this.args : readPairs(reader);
    this.xmlNamed = readPairs(reader);
  }

  header(lowerName: string): string | undefined {
    return this.headers.find(({ lowerKey }) => lowerKey === lowerName)?.value;
  }
}

function writeResponse(parts: DraftPart[], response: EventResponse | null): void {
  parts.push(response === null ? null : response.attributes.status);
  if (response !== null) writeHeaders(parts, response.headers);
}

function readResponse(reader: DraftReader): EventResponse | null {
  const status = reader.numberOrNull();
  if (status === null) return null;
  const headers = readHeaders(reader);
  const header = (lowerName: string): string | undefined =>
    headers.find(({ lowerKey }) => lowerKey === lowerName)?.value;
  return { attributes: { status }, headers, header };
}

function writeMatch(parts: DraftPart[], { rule, message, data, targets }: ToldMatch): void {
  parts.push(
    textOf(rule, ruleTexts, (facts) => JSON.stringify(facts)),
    message,
    data,
    targets.length,
  );
  for (const { label, value, score } of targets) parts.push(label, value, score);
}

const readMatch = (reader: DraftReader): ToldMatch => ({
  rule: rules.read(reader.text()),
  message: reader.text(),
  data: reader.text(),
  targets: reader.list(() => ({ label: reader.text(), value: reader.text(), score: reader.number() })),
});

/** Names in lower case: nobody asks for another spelling. */
function writeHeaders(parts: DraftPart[], headers: readonly Pair[]): void {
  parts.push(headers.length);
  for (const { lowerKey, value } of headers) parts.push(lowerKey, value);
}

const readHeaders = (reader: DraftReader): readonly Pair[] =>
  reader.list(() => {
    const name = reader.text();
    return makePair(name, reader.text(), name);
  });

function writePairs(parts: DraftPart[], pairs: readonly Pair[]): void {
  parts.push(pairs.length);
  for (const { key, value } of pairs) parts.push(key, value);
}

const readPairs = (reader: DraftReader): readonly Pair[] =>
  reader.list(() => makePair(reader.text(), reader.text()));

const ruleTexts = new WeakMap<ToldRule, string>();
const workloadTexts = new WeakMap<EventWorkload, string>();
const contextTexts = new WeakMap<EventContext, string>();

const contextText = ({ masking, ...context }: EventContext): string => {
  const hashKey = masking?.hashKey ?? null;
  const written = masking && { ...masking, hashKey: hashKey && Array.from(hashKey) };
  return JSON.stringify({ ...context, masking: written });
};

const rules = new TextsRead((json) => json as ToldRule);
const workloads = new TextsRead((json) => json as EventWorkload);

/** The same object each time: what is compiled of its masking is found by it. */
const contexts = new TextsRead((json): EventContext => {
  const context = json as EventContext & { readonly masking?: { readonly hashKey: number[] | null } };
  const { masking } = context;
  if (masking === undefined) return context;
  const hashKey = masking.hashKey && Uint8Array.from(masking.hashKey);
  return { ...context, masking: { ...masking, hashKey } };
});
