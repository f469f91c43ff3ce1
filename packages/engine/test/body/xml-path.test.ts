import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BodyProcessorOptions } from '../../src/body/processor.ts';
import { createBodyProcessor } from '../../src/body/select.ts';
import { parseXmlPath, resolveXmlPath, type XmlPath } from '../../src/body/xml-path.ts';
import type { XmlNode } from '../../src/body/xml-selection.ts';
import { fromText, toBytes } from '../../src/bytes.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { errorOf, recordingSink } from './recorder.ts';

function pathOf(text: string, namespaces: Readonly<Record<string, string>> = {}): XmlPath {
  const path = parseXmlPath(text);
  if ('reason' in path) throw new RangeError(`${text}: ${path.reason}`);
  const resolved = resolveXmlPath(path, new Map(Object.entries(namespaces)));
  if ('unknownPrefix' in resolved) throw new RangeError(resolved.unknownPrefix);
  return resolved;
}

interface Selection {
  readonly values: readonly string[];
  readonly error: ReturnType<typeof errorOf>;
}

function select(
  path: XmlPath,
  body: string,
  { chunk = body.length || 1, ...options }: { chunk?: number } & Partial<BodyProcessorOptions> = {},
): Selection {
  const { sink, calls } = recordingSink();
  const nodes: XmlNode[] = [];
  const selecting = { ...sink, xmlNode: (_key: string, _text: string, node: XmlNode) => nodes.push(node) };
  const processor = createBodyProcessor('XML', selecting, {
    contentType: 'text/xml',
    limits: DEFAULT_LIMITS,
    xmlPaths: [path],
    ...options,
  });
  const bytes = toBytes(fromText(body));
  for (let at = 0; at < bytes.length; at += chunk) processor.push(bytes.subarray(at, at + chunk));
  processor.end();
  return { values: nodes.map(({ text }) => text), error: errorOf(calls) };
}

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';

describe('paths into XML', () => {
  it.each([
    ['/a/b', '<a><b>1</b><c><b>2</b></c><b>3<i>4</i>5</b></a>', ['1', '345']],
    ['//b', '<a><b>1<b>2</b></b></a>', ['12', '2']],
    ['//*', '<a> <b/>x</a>', [' x', '']],
    ['/a//c', '<a><c>1</c><b><c>2</c></b></a>', ['1', '2']],
    ['/*/b/@x', '<a x="0"><b x="1" y="2"/><c x="3"/></a>', ['1']],
    ['/a/@*', '<a x="0" xmlns="" y="1"/>', ['0', '1']],
    ['//@x', '<a x="0"><b y="1" x="2"/></a>', ['0', '2']],
    ['/a//@x', '<a x="0"><b x="2"/></a>', ['0', '2']],
    ['/a/text()', '<a>1<b>2</b>3</a>', ['1', '3']],
    ['/a//text()', '<a>1<b>2</b> </a>', ['1', '2']],
    ['//text()', '<a>1<b>2</b></a>', ['1', '2']],
    ['/a/b[2]', '<a><b>1</b><c/><b>2</b><b>3</b></a>', ['2']],
    ['//b[2]', '<a><b>1</b><b>2<b>3</b><b>4</b></b></a>', ['234', '4']],
    ['/a/*[2]', '<a><b>1</b><c>2</c></a>', ['2']],
    ['/a/b[position()=1]/@x', '<a><b x="1"/><b x="2"/></a>', ['1']],
    ["/a/b[@k='v']", '<a><b k="w">1</b><b k="v">2</b></a>', ['2']],
    ["/a/b[@k='v'][2]", '<a><b k="v">1</b><b>2</b><b k="v">3</b></a>', ['3']],
    ["/a/b[2][@k='v']", '<a><b k="v">1</b><b>2</b><b k="v">3</b></a>', []],
    ['/a/b[@k]', '<a><b>1</b><b k="">2</b></a>', ['2']],
    ["//*[local-name()='b']", '<a><b>1</b><n:b>2</n:b></a>', ['1', '2']],
    ["//*[name()='n:b']", '<a><b>1</b><n:b>2</n:b></a>', ['2']],
    [' / child::a / b [ 1 ] / attribute::x ', '<a><b x="1"/></a>', ['1']],
    ['/a', '<a>&lt;<![CDATA[&]]><!-- x -->é</a>', [fromText('<&é')]],
    ['/A', '<a>1</a>', []],
    ['/b', '<a><b>1</b></a>', []],
    ['/a/b', '<n:a><b>1</b></n:a>', []],
    ['/a', '<a xmlns="urn:x">1</a>', []],
  ])('%s of %s', (path, body, values) => {
    const whole = select(pathOf(path), body);
    expect(whole).toEqual({ values, error: null });
    expect(select(pathOf(path), body, { chunk: 1 })).toEqual(whole);
  });

  it('tells elements by their namespace, whatever the prefix of the document', () => {
    const path = pathOf('/s:Envelope/s:Body/*/@s:id', { s: SOAP });
    const body = `<x:Envelope xmlns:x="${SOAP}"><Body xmlns="${SOAP}"><q x:id="1" id="2"/></Body></x:Envelope>`;
    expect(select(path, body).values).toEqual(['1']);
    expect(select(path, body.replaceAll(SOAP, 'urn:other')).values).toEqual([]);
    expect(select(pathOf('/s:*', { s: SOAP }), body).values).toEqual(['']);
  });

  it('ends the scope of a namespace with its element', () => {
    const body = '<a><b xmlns:p="urn:p"><p:c>1</p:c></b><p:c>2</p:c></a>';
    expect(select(pathOf('//p:c', { p: 'urn:p' }), body).values).toEqual(['1']);
  });

  it.each([
    ['a/b', 0],
    ['', 0],
    ['/', 1],
    ['/a/..', 3],
    ['/a | /b', 3],
    ['/a[last()]', 3],
    ['/a[0]', 3],
    ['/a[b]', 3],
    ['/a[@x=1]', 6],
    ['/a[1', 4],
    ['/@x', 0],
    ['/text()', 0],
    ['/a/text()/b', 9],
    ['/a/following-sibling::b', 3],
    ['/a/node()', 3],
    ['count(/a)', 0],
    ['/a'.repeat(25), 48],
  ])('are refused beyond what a stream decides: %s', (text, at) => {
    expect(parseXmlPath(text)).toEqual({ at, reason: expect.any(String) });
  });

  it('need the namespace of each prefix', () => {
    const path = parseXmlPath("/a/p:b[@q:c='1']");
    expect('reason' in path || resolveXmlPath(path, new Map([['p', 'urn:p']]))).toEqual({
      unknownPrefix: 'q',
    });
  });

  it('bounds what is selected, since text counts for each element around it', () => {
    const limits = { ...DEFAULT_LIMITS, requestBodyNoFilesBytesMax: 10_000 };
    const body = `${'<a>'.repeat(60)}${'x'.repeat(5_000)}${'</a>'.repeat(60)}`;
    expect(select(pathOf('//a'), body, { limits }).error?.kind).toBe('size');
    expect(select(pathOf('/a'), body, { limits }).error).toBeNull();
  });

  it('takes each of many elements in the time of one', () => {
    const body = `<a>${'<b>x</b>'.repeat(50_000)}</a>`;
    const { values } = select(pathOf('/a/b'), body);
    expect(values.length).toBe(50_000);
  });
});

interface Tree {
  readonly name: string;
  readonly attribute: string | null;
  readonly content: readonly (Tree | string)[];
}

const tree = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    name: fc.constantFrom('a', 'b'),
    attribute: fc.constantFrom(null, 'v', 'w'),
    content: fc
      .array(fc.oneof({ depthSize: 'small' }, fc.constantFrom('t', 'u', ' '), tie('tree')), { maxLength: 4 })
      // Two texts beside each other would be one.
      .map((content) =>
        content.filter((part, index) => typeof part !== 'string' || typeof content[index - 1] !== 'string'),
      ),
  }),
})).tree;

const print = (node: Tree | string): string => {
  if (typeof node === 'string') return node;
  const attribute = node.attribute === null ? '' : ` k="${node.attribute}"`;
  return `<${node.name}${attribute}>${node.content.map(print).join('')}</${node.name}>`;
};
const textOf = (node: Tree | string): string =>
  typeof node === 'string' ? node : node.content.map(textOf).join('');
const elementsOf = ({ content }: Pick<Tree, 'content'>): Tree[] =>
  content.filter((part) => typeof part !== 'string');
const withDescendants = (node: Tree): Tree[] => [node, ...elementsOf(node).flatMap(withDescendants)];

const predicates: Readonly<Record<string, (nodes: readonly Tree[]) => readonly Tree[]>> = {
  '': (nodes) => nodes,
  '[1]': (nodes) => nodes.slice(0, 1),
  '[2]': (nodes) => nodes.slice(1, 2),
  '[@k]': (nodes) => nodes.filter(({ attribute }) => attribute !== null),
  '[@k="v"]': (nodes) => nodes.filter(({ attribute }) => attribute === 'v'),
};

type Step = readonly [slash: string, name: string, first: string, second: string];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('/', '//'),
  fc.constantFrom('a', 'b', '*'),
  fc.constantFrom(...Object.keys(predicates)),
  fc.constantFrom(...Object.keys(predicates)),
);

/** XPath 1.0 as it is defined: a set of nodes for each step, the predicates for each node that it starts from. */
function evaluate(root: Tree, steps: readonly Step[], end: string): readonly string[] {
  const document: Tree = { name: '', attribute: null, content: [root] };
  let nodes: readonly Tree[] = [document];
  for (const [slash, name, first, second] of steps) {
    const from = slash === '//' ? nodes.flatMap(withDescendants) : nodes;
    const found = new Set(
      [...new Set(from)].flatMap((node) => {
        const named = elementsOf(node).filter((child) => name === '*' || child.name === name);
        return predicates[second]?.(predicates[first]?.(named) ?? []) ?? [];
      }),
    );
    nodes = withDescendants(document).filter((node) => found.has(node));
  }
  const from = end.startsWith('//') ? [...new Set(nodes.flatMap(withDescendants))] : nodes;
  const inOrder = withDescendants(document).filter((node) => from.includes(node));
  if (end === '') return inOrder.map(textOf);
  if (end.endsWith('@k')) return inOrder.flatMap(({ attribute }) => (attribute === null ? [] : [attribute]));
  return inOrder.flatMap(
    ({ content }) => content.filter((part) => typeof part === 'string' && part !== ' ') as string[],
  );
}

describe('a path', () => {
  it('leads to what XPath defines, in whatever chunks the document comes', () => {
    fc.assert(
      fc.property(
        tree,
        fc.array(step, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '/@k', '//@k', '/text()', '//text()'),
        fc.integer({ min: 1, max: 9 }),
        (root, steps, end, chunk) => {
          const path = pathOf(steps.map((parts) => parts.join('')).join('') + end);
          const { values, error } = select(path, print(root), { chunk });
          expect(error).toBeNull();
          // Text of a node stands before that of its children where it begins there, so only its order may differ.
          const expected = evaluate(root, steps, end);
          expect(end.endsWith('text()') ? [...values].sort() : values).toEqual(
            end.endsWith('text()') ? [...expected].sort() : expected,
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
