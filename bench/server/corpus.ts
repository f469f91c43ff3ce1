/**
 * Requests for the load: templates, and in each the parts that are written anew whenever it is sent. So a run can send hundreds of
 * thousands, none of which comes twice, and none of which has to be made while the clock runs.
 */
import type { BenchCase } from '../engine/cases/case.ts';
import { Corpus, Sent } from '../engine/corpus.ts';
import type { BenchRequest } from '../engine/request.ts';

/** What a span is filled with: `digits` are never 0, so that a number keeps its length. */
export type SpanKind = 'hex' | 'digits' | 'letters';

/** Bytes of a template. */
export interface Span {
  readonly at: number;
  readonly length: number;
  readonly kind: SpanKind;
}

export interface Template {
  readonly bytes: Buffer;
  readonly spans: readonly Span[];
}

const TEMPLATES_MAX = 2_000;
const TEMPLATE_BYTES_MAX = 8_000_000;

/** As many as fit: what differs between templates is the text, so that few of a long text are as good as many of a short one. */
export function templatesOf(benchCase: BenchCase, seed: string): readonly Template[] {
  const corpus = new Corpus(benchCase, `${seed} server`, new Sent());
  const templates: Template[] = [];
  for (let bytes = 0; templates.length < TEMPLATES_MAX && bytes < TEMPLATE_BYTES_MAX; ) {
    const template = corpus.take(1).map(templateOf)[0];
    if (template === undefined) break;
    templates.push(template);
    bytes += template.bytes.length;
  }
  return templates;
}

/** Of a request that has no secret of its own that tells it from others, an id does. */
const OWN_ID = 'X-Bench-Id';
const OWN_ID_HEX = 32;

export function templateOf(request: BenchRequest): Template {
  const bytes = toWire(request);
  const spans = spansIn(bytes.toString('latin1'));
  if (spans.some(({ kind, length }) => kind === 'hex' && length >= OWN_ID_HEX)) return { bytes, spans };
  const headers = [...request.headers, [OWN_ID, '0'.repeat(OWN_ID_HEX)]] as const;
  const marked = toWire({ ...request, headers });
  return { bytes: marked, spans: spansIn(marked.toString('latin1')) };
}

function toWire({ method, uri, headers, body }: BenchRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${uri} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** Where the cases draw what differs from request to request: sessions and tokens, ids, versions of browsers, pages. */
const DRAWN: readonly (readonly [SpanKind, RegExp])[] = [
  ['hex', /(?<![0-9a-z])[0-9a-f]{32,}(?![0-9a-z])/dg],
  [
    'hex',
    /(?<![0-9a-z-])([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})(?![0-9a-z-])/dg,
  ],
  ['digits', / Chrome\/\d+\.\d+\.(\d+)\.(\d+) /dg],
  ['digits', /; visited=(\d+)\r\n/dg],
  ['letters', /\r\nReferer: [^\r]*\/([A-Za-z0-9]{8})\r\n/dg],
];

function spansIn(text: string): readonly Span[] {
  return DRAWN.flatMap(([kind, pattern]) =>
    [...text.matchAll(pattern)].flatMap(({ indices = [] }) => {
      // A pattern with groups means what is in them.
      const parts = indices.length > 1 ? indices.slice(1) : indices;
      return parts.flatMap((part) =>
        part === undefined ? [] : [{ at: part[0], length: part[1] - part[0], kind }],
      );
    }),
  );
}
