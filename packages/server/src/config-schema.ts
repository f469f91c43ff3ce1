/** The shape of sluice.yaml, with its defaults. config.ts reads a file through it. */

import { hostname } from 'node:os';
import { STREAM_PAUSE_MILLIS_MAX } from '@sluice/envoy-config/contract';
import { DEFAULT_FLOOD_LIMITS, DEFAULT_SPOOL_LIMITS, SPOOL_BYTES_MIN } from '@sluice/spool';
import { z } from 'zod';
import { parseAddress, parseHostPort } from './address.ts';
import { reasonOf } from './errors.ts';
import { l7Schema } from './l7/l7-schema.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { LOG_LEVELS } from './log.ts';
import { count, policiesSchema } from './policies/policy-schema.ts';
import { selectProblems, selectSchema } from './policies/select-schema.ts';

/** Turns a parser that throws into a schema. */
const parsed = <T>(parse: (text: string) => T) =>
  z.string().transform((value, context): T => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: reasonOf(error) });
      return z.NEVER;
    }
  });

/** Envoy's filter puts the whole message, headers included, into one gRPC message. */
const MESSAGE_BYTES_MAX = 1_073_741_824;
const MILLIS_MAX = 3_600_000;
const POOL_BYTES_MAX = 68_719_476_736;

const limits = z
  .strictObject({
    messageBytesMax: count(1_024, MESSAGE_BYTES_MAX).default(DEFAULT_LIMITS.messageBytesMax),
    bufferedBytesMax: count(1_024, 16 * MESSAGE_BYTES_MAX).default(DEFAULT_LIMITS.bufferedBytesMax),
    streamsPerConnectionMax: count(1, 1_000_000).default(DEFAULT_LIMITS.streamsPerConnectionMax),
    connectionsMax: count(1, 1_000_000).default(DEFAULT_LIMITS.connectionsMax),
    callMillisMax: count(1, MILLIS_MAX).default(DEFAULT_LIMITS.callMillisMax),
    unsentBytesMax: count(1_024, MESSAGE_BYTES_MAX).default(DEFAULT_LIMITS.unsentBytesMax),
    keepaliveMillis: count(1, MILLIS_MAX).default(DEFAULT_LIMITS.keepaliveMillis),
    keepaliveAnswerMillisMax: count(1, MILLIS_MAX).default(DEFAULT_LIMITS.keepaliveAnswerMillisMax),
    verdictMillisMax: count(1, MILLIS_MAX).default(DEFAULT_LIMITS.verdictMillisMax),
    headerLinesMax: count(1, 100_000).default(DEFAULT_LIMITS.headerLinesMax),
    requestBodyBytesMax: count(0, MESSAGE_BYTES_MAX).default(DEFAULT_LIMITS.requestBodyBytesMax),
    pauseMillisMax: count(1, STREAM_PAUSE_MILLIS_MAX).default(DEFAULT_LIMITS.pauseMillisMax),
    rearmMillis: count(1, MILLIS_MAX).default(DEFAULT_LIMITS.rearmMillis),
    responseQuietMillis: count(1, MILLIS_MAX).default(DEFAULT_LIMITS.responseQuietMillis),
    waitingBytesMax: count(1_024, MESSAGE_BYTES_MAX).default(DEFAULT_LIMITS.waitingBytesMax),
    backlogBytesMax: count(1_024, MESSAGE_BYTES_MAX).default(DEFAULT_LIMITS.backlogBytesMax),
    backlogTotalBytesMax: count(1_024, 16 * MESSAGE_BYTES_MAX).default(DEFAULT_LIMITS.backlogTotalBytesMax),
    poolThreads: count(0, 64).default(DEFAULT_LIMITS.poolThreads),
    poolTransactionsMax: count(1, 1_000_000).default(DEFAULT_LIMITS.poolTransactionsMax),
    poolQueueMax: count(1, 1_000_000).default(DEFAULT_LIMITS.poolQueueMax),
    poolKeptBytesMax: count(65_536, POOL_BYTES_MAX).default(DEFAULT_LIMITS.poolKeptBytesMax),
    poolTaskMillisMax: count(100, MILLIS_MAX).default(DEFAULT_LIMITS.poolTaskMillisMax),
    poolHeapBytesMax: count(67_108_864, POOL_BYTES_MAX).default(DEFAULT_LIMITS.poolHeapBytesMax),
    slabBytes: count(4_096, 1_048_576).default(DEFAULT_LIMITS.slabBytes),
    slabs: count(4, 16_384).default(DEFAULT_LIMITS.slabs),
    slabWaitBytesMax: count(0, POOL_BYTES_MAX).default(DEFAULT_LIMITS.slabWaitBytesMax),
    inlineBytesMax: count(0, 1_048_576).default(DEFAULT_LIMITS.inlineBytesMax),
    inlineValuesMax: count(0, 100_000).default(DEFAULT_LIMITS.inlineValuesMax),
    retiredMillisMax: count(0, MILLIS_MAX).default(DEFAULT_LIMITS.retiredMillisMax),
    exclusionLooksPerSecondMax: count(0, 10_000).default(DEFAULT_LIMITS.exclusionLooksPerSecondMax),
  })
  .refine((value) => value.bufferedBytesMax >= 2 * value.messageBytesMax, {
    message: 'bufferedBytesMax must be at least twice messageBytesMax',
    path: ['bufferedBytesMax'],
  })
  .refine((value) => value.rearmMillis < value.pauseMillisMax, {
    message: 'rearmMillis must be less than pauseMillisMax',
    path: ['rearmMillis'],
  })
  .refine((value) => value.slabs * value.slabBytes <= POOL_BYTES_MAX / 16, {
    message: 'slabs of slabBytes are more than 4 GiB',
    path: ['slabs'],
  });

const SPOOL_BYTES_MAX = 1_099_511_627_776;
const NODE_CHARACTERS_MAX = 253;

const flood = z.strictObject({
  perSecond: count(1, 1_000_000).default(DEFAULT_FLOOD_LIMITS.perSecond),
  burst: count(1, 1_000_000).default(DEFAULT_FLOOD_LIMITS.burst),
  sampleOneIn: count(1, 1_000_000).default(DEFAULT_FLOOD_LIMITS.sampleOneIn),
  sourcesMax: count(1, 1_000_000).default(DEFAULT_FLOOD_LIMITS.sourcesMax),
});

const spool = z.strictObject({
  directory: z.string().min(1),
  bytesMax: count(SPOOL_BYTES_MIN, SPOOL_BYTES_MAX).default(DEFAULT_SPOOL_LIMITS.bytesMax),
  segmentBytes: count(65_536, 1_073_741_824).default(DEFAULT_SPOOL_LIMITS.segmentBytes),
  bufferBytesMax: count(65_536, 1_073_741_824).default(DEFAULT_SPOOL_LIMITS.bufferBytesMax),
  whenFull: z.enum(['dropOldest', 'dropNewest']).default('dropOldest'),
  fsync: z.enum(['never', 'interval', 'always']).default('interval'),
  fsyncMillis: count(1, MILLIS_MAX).default(1_000),
  flood: flood.prefault({}),
});

const events = z
  .strictObject({
    stdout: z.boolean().nullable().default(null),
    node: z.string().min(1).max(NODE_CHARACTERS_MAX).nullable().default(null),
    hashKeyFile: z.string().min(1).nullable().default(null),
    spool: z.union([spool, z.literal(false)]).default(false),
    workloads: z.string().min(1).nullable().default(null),
  })
  .transform(({ stdout, node, ...rest }) => ({
    ...rest,
    stdout: stdout ?? rest.spool === false,
    node: node ?? hostname(),
  }));

export const configSchema = z
  .strictObject({
    listen: z
      .array(parsed(parseAddress))
      .min(1)
      .default([parseAddress('unix:/run/sluice/sluice.sock')]),
    transport: z.enum(['http2', 'grpc-js']).default('http2'),
    admin: z.union([parsed(parseHostPort), z.literal(false)]).default(parseHostPort('127.0.0.1:9192')),
    log: z.strictObject({ level: z.enum(LOG_LEVELS).default('info') }).prefault({}),
    rules: z
      .strictObject({
        crs: z.boolean().default(true),
        directory: z.string().min(1).nullable().default(null),
        candidate: z.string().min(1).nullable().default(null),
      })
      .prefault({}),
    limits: limits.prefault({}),
    drain: z
      .strictObject({
        noticeMillis: count(0, MILLIS_MAX).default(2_000),
        waitMillis: count(0, MILLIS_MAX).default(10_000),
      })
      .prefault({}),
    events: events.prefault({}),
    l7: l7Schema,
    policies: policiesSchema,
    select: selectSchema,
    revision: z.string().max(128).nullable().default(null),
  })
  .superRefine(({ policies, select, events: { hashKeyFile } }, context) => {
    for (const [name, policy] of Object.entries(policies)) {
      if (!policy.events.hash || hashKeyFile !== null) continue;
      const message = 'hashes need a key: events.hashKeyFile';
      context.addIssue({ code: 'custom', message, path: ['policies', name, 'events', 'hash'] });
    }
    for (const { message, path } of selectProblems(policies, select)) {
      context.addIssue({ code: 'custom', message, path });
    }
  });
