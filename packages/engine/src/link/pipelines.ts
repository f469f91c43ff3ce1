/**
 * Transformation pipelines as a tree: pipelines that begin alike share their beginning, so that each step is computed once
 * a value. Node 0 is the value itself.
 */
import { assert } from '../assert.ts';
import type { Pipelines } from '../prefilter/scan-plan.ts';
import { findTransformation } from '../transformations/registry.ts';
import type { Transformation } from '../transformations/transformation.ts';
import { ownWork } from '../work.ts';

interface PipelineNode {
  readonly parent: number;
  /** Null for the root alone. */
  readonly transformation: Transformation | null;
  readonly children: Map<string, number>;
}

/** A node with what it adds to its parent. */
interface Step extends PipelineNode {
  readonly transformation: Transformation;
}

const isStep = (node: PipelineNode): node is Step => node.transformation !== null;

export class PipelineTree {
  readonly #nodes: PipelineNode[] = [{ parent: 0, transformation: null, children: new Map() }];

  get size(): number {
    return this.#nodes.length;
  }

  /** The node of a pipeline, made where it is new. Names are those of the registry. */
  intern(names: readonly string[]): number {
    return this.path(names).at(-1) ?? 0;
  }

  /** The nodes from the value itself to the pipeline's end: what `multiMatch` looks at. */
  path(names: readonly string[]): readonly number[] {
    const path = [0];
    for (const name of names) path.push(this.#child(path.at(-1) ?? 0, name));
    return path;
  }

  /** The parent of a node and what it adds to it. */
  step(node: number): Step {
    const step = this.#nodes[node];
    assert(step !== undefined && isStep(step), 'a node of this tree, not its root');
    return step;
  }

  /** The tree as it is now, for a scan plan. */
  snapshot(): Pipelines {
    return {
      transformations: this.#nodes.map(({ transformation }) => transformation?.name ?? ''),
      parents: Uint32Array.from(this.#nodes, ({ parent }) => parent),
    };
  }

  #child(parent: number, name: string): number {
    const node = this.#nodes[parent];
    const transformation = findTransformation(name);
    assert(
      node !== undefined && transformation !== undefined,
      `transformation ${name} was checked when compiled`,
    );
    const found = node.children.get(transformation.name);
    if (found !== undefined) return found;
    this.#nodes.push({ parent, transformation, children: new Map() });
    node.children.set(transformation.name, this.#nodes.length - 1);
    return this.#nodes.length - 1;
  }
}

/** Shorter values are transformed anew: that takes no longer than to look them up. */
const KEPT_BYTES_MIN = 256;

/** Transformed values of one transaction: long ones are kept. */
export class TransformCache {
  readonly #tree: PipelineTree;
  /** By node, then by value. */
  #kept: (Map<string, string> | undefined)[] | null = null;

  constructor(tree: PipelineTree) {
    this.#tree = tree;
  }

  get(value: string, node: number): string {
    if (node === 0) return value;
    if (value.length < KEPT_BYTES_MIN) return this.#apply(value, node);
    this.#kept ??= [];
    let known = this.#kept[node];
    if (known === undefined) {
      known = new Map();
      this.#kept[node] = known;
    }
    const done = known.get(value);
    if (done !== undefined) return done;
    const result = this.#apply(value, node);
    known.set(value, result);
    return result;
  }

  #apply(value: string, node: number): string {
    const { parent, transformation } = this.#tree.step(node);
    const input = this.get(value, parent);
    ownWork.transformations++;
    ownWork.bytesTransformed += input.length;
    return transformation.apply(input);
  }
}
