/** Laws about chunks and compression that hold for every hostile body, as properties. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { ChunkedBodies, CodingName } from './chunking.ts';
import { HOSTILE_BODIES } from './corpus/corpus.ts';
import type { BodyFormat, HostileBody } from './reader.ts';

/** Shorter bodies are cut at every place. */
const SHORT_BYTES = 250;

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });

type ChunkLaw = fc.IProperty<[body: HostileBody, sizes: number[]]>;

export const everyCut = (bodies: ChunkedBodies, format: BodyFormat): ChunkLaw =>
  fc.property(HOSTILE_BODIES[format], sizes, (body, chunks) => {
    const whole = bodies.outcome(body, [body.body.length]);
    expect(bodies.outcome(body, [1])).toEqual(whole);
    expect(bodies.outcome(body, chunks)).toEqual(whole);
    if (body.body.length > SHORT_BYTES) return;
    for (let at = 1; at < body.body.length; at += 1) {
      expect(bodies.outcome(body, [at, body.body.length])).toEqual(whole);
    }
  });

/** Compressed, a body comes to the same as plain. It is refused only where its compressed bytes hold text that it does not. */
export const everyCoding = (bodies: ChunkedBodies, format: BodyFormat, coding: CodingName): ChunkLaw =>
  fc.property(HOSTILE_BODIES[format], sizes, (body, chunks) => {
    const whole = bodies.outcome(body, [body.body.length]);
    const outcomes = [bodies.outcome(body, chunks, coding), bodies.outcome(body, [1], coding)];
    if (!bodies.hasTextBeside(body, coding, whole.processor)) {
      expect(outcomes).toEqual([whole, whole]);
      return;
    }
    const message = `text beside ${coding.replace('raw ', '')} data`;
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ args: [], files: [], error: { kind: 'encoding', message } });
    }
  });
