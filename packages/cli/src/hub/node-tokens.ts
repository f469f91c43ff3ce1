/**
 * Who delivers, by a token of a pod's service account: the API server says whose it is, and, of tokens of pods, on which node. So a node that was
 * taken speaks for itself alone: its kubelet is given tokens of its own pods only (NodeRestriction).
 */
import { createHash } from 'node:crypto';
import { ApiClient, ControllerError, loadKubeconfig } from '@sluice/controller';
import { reviewToken, type Subject } from '@sluice/controller/desk';
import { type HubConfig, HubError, type NodeTokens } from '@sluice/hub';
import { z } from 'zod';

type Settings = Exclude<Exclude<HubConfig['nodes'], false>['tokens'], false>;

/** What was said of a token holds for so long: a pod that is gone delivers no longer than that. */
const REVIEW_MILLIS = 300_000;
const TOKENS_KNOWN_MAX = 10_000;
/** Of the API server, which has other work. */
const REVIEWS_MAX = 16;
/** Of tokens that are bound to pods, since Kubernetes 1.32. */
const NODE_NAME = 'authentication.kubernetes.io/node-name';

const claimsSchema = z.looseObject({ exp: z.number() });

interface Known {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly reviewedAt: number;
  /** When the token ends by what it says itself, which was reviewed. */
  readonly endsAt: number;
}

export interface ReviewedTokensParts {
  readonly api: ApiClient;
  readonly settings: Pick<Settings, 'audience' | 'nodes' | 'others'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class ReviewedTokens implements NodeTokens {
  readonly #parts: ReviewedTokensParts;
  /** By digest: tokens themselves are not kept. */
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<string>>();

  constructor(parts: ReviewedTokensParts) {
    this.#parts = parts;
  }

  /**
   * One that was good once stays so while the API server is away, to its end: events are not to wait for that.
   * @throws HubError NODE_FORBIDDEN, NODE_UNKNOWN
   */
  async nameOf(token: string): Promise<string> {
    const key = createHash('sha256').update(token, 'utf8').digest('base64');
    const known = this.#known.get(key);
    const now = this.#parts.now();
    const isFresh = known !== undefined && now - known.reviewedAt < REVIEW_MILLIS && now < known.endsAt;
    if (isFresh) return known.name;
    const asked = this.#asked.get(key) ?? this.#ask(key, token);
    try {
      return await asked;
    } catch (error) {
      const isAway = error instanceof HubError && error.code === 'NODE_UNKNOWN';
      if (isAway && known !== undefined && now < known.endsAt) return known.name;
      throw error;
    }
  }

  #ask(key: string, token: string): Promise<string> {
    if (this.#asked.size >= REVIEWS_MAX)
      return Promise.reject(
        new HubError('NODE_UNKNOWN', { reason: `${REVIEWS_MAX} others are asked about` }),
      );
    const asked = this.#review(key, token).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    return asked;
  }

  async #review(key: string, token: string): Promise<string> {
    const { api, settings, now } = this.#parts;
    const subject = await reviewed(api, token, settings.audience);
    // What is said now takes the place of what was said before, also where it is a no.
    this.#known.delete(key);
    const name = nameOf(subject, settings);
    const reviewedAt = now();
    this.#known.set(key, { name, reviewedAt, endsAt: endOf(token) ?? reviewedAt + REVIEW_MILLIS });
    const [oldest] = this.#known.keys();
    if (this.#known.size > TOKENS_KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest);
    return name;
  }
}

/** @throws ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID */
export function openNodeTokens({ kubeconfig, ...settings }: Settings): ReviewedTokens {
  const api = new ApiClient(loadKubeconfig(kubeconfig === undefined ? {} : { kubeconfig }));
  return new ReviewedTokens({ api, settings, now: Date.now });
}

async function reviewed(api: ApiClient, token: string, audience: string): Promise<Subject | null> {
  try {
    return await reviewToken(api, token, [audience]);
  } catch (cause) {
    if (!(cause instanceof ControllerError) && !(cause instanceof z.ZodError)) throw cause;
    throw new HubError('NODE_UNKNOWN', { reason: cause.message }, cause);
  }
}

/** @throws HubError NODE_FORBIDDEN */
function nameOf(
  subject: Subject | null,
  { audience, nodes, others }: ReviewedTokensParts['settings'],
): string {
  const refuse = (node: string, reason: string): never => {
    throw new HubError('NODE_FORBIDDEN', { node, reason });
  };
  if (subject === null)
    return refuse('without a name', `its token is not for ${audience}, has run out, or its pod is gone`);
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject.name);
  const [, namespace = '', name = ''] = account ?? [];
  const key = `${namespace}/${name}`;
  if (key === nodes) {
    const [node, ...more] = subject.extra[NODE_NAME] ?? [];
    if (node !== undefined && more.length === 0) return node;
    return refuse(key, 'of its token the API server says no node: it does so of pods, from Kubernetes 1.32');
  }
  return others.includes(key) ? name : refuse(subject.name, 'nodes.tokens of the hub does not have it');
}

/** Of a JWT, in milliseconds since the epoch; null of anything else. */
function endOf(token: string): number | null {
  const [, payload = ''] = token.split('.');
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))).exp * 1_000;
  } catch {
    // Whoever has reviewed it knows tokens of another kind.
    return null;
  }
}
