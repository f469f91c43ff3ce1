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
  readonly transformation: Transformation | null;
  readonly children: Map<string, number>;
}

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

  /** The transformed value: `known` holds what was computed for this value so far, by node. */
  apply(value: string, node: number, known: (string | undefined)[]): string {
    if (node === 0) return value;
    const done = known[node];
    if (done !== undefined) return done;
    const step = this.#nodes[node];
    assert(step?.transformation, 'a node of this tree');
    const input = this.apply(value, step.parent, known);
    ownWork.transformations++;
    ownWork.bytesTransformed += input.length;
    const result = step.transformation.apply(input);
    known[node] = result;
    return result;
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

/** Transformed values of one transaction: one entry a distinct value. */
export class TransformCache {
  readonly #tree: PipelineTree;
  readonly #byValue = new Map<string, (string | undefined)[]>();

  constructor(tree: PipelineTree) {
    this.#tree = tree;
  }

  get(value: string, node: number): string {
    if (node === 0) return value;
    let known = this.#byValue.get(value);
    if (known === undefined) {
      known = new Array(this.#tree.size);
      this.#byValue.set(value, known);
    }
    return this.#tree.apply(value, node, known);
  }
}
