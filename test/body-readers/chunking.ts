/** What a body comes to, however it is cut and compressed on its way. */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { fromBytes, toBytes } from '../../packages/engine/src/bytes.ts';
import { Engine, overlayFor, type RuleSet } from '../../packages/engine/src/index.ts';
import type { HostileBody } from './reader.ts';
import { sendBody } from './send-body.ts';
import { OWN_RULES } from './sluice.ts';
import { hasTextBeside } from './text-beside.ts';

/** Content-Encoding, and what makes it. */
const CODINGS = {
  identity: (bytes: Uint8Array) => bytes,
  gzip: gzipSync,
  deflate: deflateSync,
  'raw deflate': deflateRawSync,
  br: brotliCompressSync,
} as const;

export type CodingName = keyof typeof CODINGS;

export const CODING_NAMES = Object.keys(CODINGS) as readonly CodingName[];

/** All that rules see of a body. */
export interface Outcome {
  /** The parser that took the body apart; empty for none. */
  readonly processor: string;
  readonly [variable: string]: unknown;
}

export class ChunkedBodies {
  readonly #engine = new Engine({ cacheDirectory: null });
  readonly #ruleSet: RuleSet;
  #sent = 0;
  #beside = 0;

  constructor() {
    const own = { path: OWN_RULES, text: readFileSync(OWN_RULES, 'latin1') };
    // Nothing but the body's own faults may end a message here.
    this.#ruleSet = this.#engine.ruleSet(
      this.#engine.loadRules([own]),
      overlayFor({ name: 'chunks', mode: 'Block' }),
    );
  }

  /** Bodies that were sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Compressed bodies of which the compressor made text that is not in them. */
  get beside(): number {
    return this.#beside;
  }

  /**
   * Whether a body holds, compressed, text that it does not hold plain: rules cannot see that, so that it is refused,
   * although a compressor wrote it.
   */
  hasTextBeside({ body }: HostileBody, name: CodingName, processor: string): boolean {
    // Without a parser, the workload may take it for anything.
    const isForm = processor === '' || processor === 'URLENCODED';
    const coded = fromBytes(Uint8Array.from(CODINGS[name](toBytes(body))));
    const beside = name !== 'identity' && hasTextBeside(coded, body, isForm);
    if (beside) this.#beside += 1;
    return beside;
  }

  /** All that rules see of a body in chunks of `sizes`, used in turn. */
  outcome(
    { contentType, body }: HostileBody,
    sizes: readonly number[],
    name: CodingName = 'identity',
  ): Outcome {
    const bytes = Uint8Array.from(CODINGS[name](toBytes(body)));
    const chunks: Uint8Array[] = [];
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const chunk = bytes.slice(at, at + Math.max(1, sizes[turn % sizes.length] ?? 1));
      at += chunk.length;
      chunks.push(chunk);
    }
    this.#sent += 1;
    const coding = name === 'identity' ? {} : { coding: name.replace('raw ', '') };
    const { verdict, state } = sendBody(this.#engine, this.#ruleSet, { contentType, ...coding, chunks });
    const { request } = state;
    return {
      verdict,
      processor: request.processor,
      args: request.args,
      argsNames: request.argsNames,
      files: request.files,
      filesSizes: request.filesSizes,
      partHeaders: request.partHeaders,
      xml: request.xml,
      flags: request.multipartFlags,
      badUrlencoding: request.badUrlencoding,
      error: request.bodyError,
      text: request.bodyText,
      bytes: request.bodyBytes,
      filesBytes: request.filesBytes,
    };
  }
}
