/**
 * Requests of one interval by what they have in common: client, workload, method, path template, status. Every request
 * is counted once; where there is no room for a group of its own, in a coarser one.
 */
import { L7_LATENCY_BOUNDS_MICROS } from '@sluice/spool';
import type { L7Workload } from './document.ts';
import { L7_LIMITS, type L7Settings } from './limits.ts';
import { PathTemplates, RememberedPaths, type Template } from './path-templates.ts';

/** Methods of RFC 9110 and RFC 5789. */
const METHODS: ReadonlyMap<string, number> = new Map(
  ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'].map((name, index) => [
    name,
    index + 1,
  ]),
);
const METHOD_NAMES = ['OTHER', ...METHODS.keys()];
const METHODS_MAX = 16;
const STATUSES_MAX = 1_024;

/** One request that is over. */
export interface L7Request {
  readonly policy: string;
  /** What Envoy says of where it went; the port 0 and empty texts where it does not. */
  readonly address: string;
  readonly port: number;
  readonly route: string;
  /** The client's address, empty where Envoy does not know it. */
  readonly client: string;
  /** Whether that is who is connected with Envoy, and not what a header says. */
  readonly isDirect: boolean;
  readonly method: string;
  /** As it was sent, with its query, which is not looked at. */
  readonly target: string;
  /** HTTP status that the client got, 0 where Sluice does not know it. */
  readonly status: number;
  readonly isBlocked: boolean;
  readonly wouldBlock: boolean;
  readonly isUninspectable: boolean;
  /** It ended without a verdict. */
  readonly isUnjudged: boolean;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Microseconds until the workload's response began; -1 where none was seen. */
  readonly latencyMicros: number;
  readonly inspectionMicros: number;
}

export type WorkloadOf = (address: string) => L7Workload | null;

export interface L7Destination {
  readonly policy: string;
  readonly address: string;
  readonly port: number;
  readonly route: string;
  /** It stands for those that found no room. */
  readonly isRest: boolean;
}

interface Destination extends L7Destination {
  templates: PathTemplates;
  learnsSinceMillis: number;
  isUsed: boolean;
}

interface Source {
  readonly address: string;
  readonly isRest: boolean;
  /** By template, method and status. */
  readonly groups: Map<number, L7Group>;
}

export interface L7Group {
  readonly destination: L7Destination;
  readonly client: string;
  /** It stands for those that found no room. */
  readonly isRestOfClients: boolean;
  readonly method: string;
  readonly template: string;
  /** 0 where it is not known; 1 to 5 is a class of them. */
  readonly status: number;
  /** Who stood behind the addresses when the group's first request was over; null where that is not known. */
  readonly source: L7Workload | null;
  readonly workload: L7Workload | null;
  count: number;
  blocked: number;
  wouldBlock: number;
  uninspectable: number;
  unjudged: number;
  requestBytes: number;
  responseBytes: number;
  responses: number;
  latencySum: number;
  latencyMax: number;
  /** By bound, each without those below it. Null where no response was seen. */
  latencies: number[] | null;
  inspectionSum: number;
  inspectionMax: number;
}

/** Why a request counts in a coarser group than its own. */
export const FOLDS = ['destinations', 'templates', 'sources', 'groups'] as const;
export type Fold = (typeof FOLDS)[number];

interface Place {
  readonly destination: Destination;
  readonly source: Source;
  readonly template: Template;
  readonly method: number;
  readonly status: number;
  /** The request that makes a group, if one is made. */
  readonly isDirect: boolean;
}

export class Groups {
  readonly #settings: L7Settings;
  readonly #now: () => number;
  readonly #workloadOf: WorkloadOf;
  readonly #destinations = new Map<string, Destination>();
  readonly #remembered = new RememberedPaths();
  #lastDestination: Destination | null = null;
  #sources = new Map<string, Source>();
  #rest = restOfSources();
  #groups: L7Group[] = [];
  /** Of them, the coarse ones: they take no room from the others. */
  #coarse = 0;
  /** Requests that count in coarser groups, since the beginning. */
  readonly folds: Record<Fold, number> = { destinations: 0, templates: 0, sources: 0, groups: 0 };

  /** @param now milliseconds on a clock that does not jump */
  constructor(settings: L7Settings, now: () => number, workloadOf: WorkloadOf = () => null) {
    this.#settings = settings;
    this.#workloadOf = workloadOf;
    this.#now = now;
  }

  /** Groups of this interval. */
  get size(): number {
    return this.#groups.length;
  }

  add(request: L7Request): void {
    const group = this.#groupOf(request);
    group.count++;
    if (request.isBlocked) group.blocked++;
    if (request.wouldBlock) group.wouldBlock++;
    if (request.isUninspectable) group.uninspectable++;
    if (request.isUnjudged) group.unjudged++;
    group.requestBytes += request.requestBytes;
    group.responseBytes += request.responseBytes;
    group.inspectionSum += request.inspectionMicros;
    if (request.inspectionMicros > group.inspectionMax) group.inspectionMax = request.inspectionMicros;
    if (request.latencyMicros >= 0) addLatency(group, request.latencyMicros);
  }

  /** What a verdict says that came behind the end of a request that was added. */
  addLate(request: L7Request, wouldBlock: boolean, isUninspectable: boolean): void {
    const group = this.#groupOf(request);
    if (wouldBlock) group.wouldBlock++;
    if (isUninspectable) group.uninspectable++;
  }

  /** The groups of this interval; the next one begins. */
  take(): readonly L7Group[] {
    const groups = this.#groups;
    this.#groups = [];
    this.#coarse = 0;
    this.#sources = new Map();
    this.#rest = restOfSources();
    this.#tidyDestinations();
    return groups;
  }

  #groupOf(request: L7Request): L7Group {
    const { policy, address, port, route, status } = request;
    const destination = this.#destinationOf(policy, address, port, route);
    // What was refused, or is not there, is somebody's guess: templates are made of what a workload has.
    const teaches = !request.isBlocked && !request.isUnjudged && status !== 404;
    const { templates } = destination;
    const template = templates.templateOf(pathOf(request.target), teaches);
    if (template === templates.other) this.folds.templates++;
    const place: Place = {
      destination,
      source: this.#sourceOf(request.client),
      template,
      method: METHODS.get(request.method) ?? 0,
      status: status >= 100 && status <= 599 ? status : 0,
      isDirect: request.isDirect,
    };
    return place.source.groups.get(keyOf(place)) ?? this.#newGroup(place);
  }

  #newGroup(place: Place): L7Group {
    const { groupsMax } = this.#settings;
    const { source, destination } = place;
    const other = destination.templates.other;
    const hasRoom = this.#groups.length - this.#coarse < groupsMax;
    if (hasRoom && (source.isRest || source.groups.size < L7_LIMITS.groupsPerSourceMax)) {
      return this.#take(place);
    }
    this.folds.groups++;
    // A client that has had its share has as much again for what is not told by path.
    if (hasRoom && source.groups.size < 2 * L7_LIMITS.groupsPerSourceMax) {
      return this.#take({ ...place, template: other });
    }
    const ofAll = { ...place, source: this.#rest, template: other };
    if (this.#coarse < groupsMax / 4) return this.#takeCoarse(ofAll);
    // Policies times classes of status: the configuration bounds it.
    const rest = this.#restOf(destination.policy);
    const status = Math.floor(place.status / 100);
    return this.#takeCoarse({
      ...ofAll,
      destination: rest,
      template: rest.templates.other,
      method: 0,
      status,
    });
  }

  #takeCoarse(place: Place): L7Group {
    const before = this.#groups.length;
    const group = this.#take(place);
    this.#coarse += this.#groups.length - before;
    return group;
  }

  /** The group at a place, made where it is not there. */
  #take(place: Place): L7Group {
    const key = keyOf(place);
    const known = place.source.groups.get(key);
    if (known !== undefined) return known;
    const group = groupAt(place, this.#workloadOf);
    place.source.groups.set(key, group);
    this.#groups.push(group);
    return group;
  }

  #sourceOf(address: string): Source {
    const known = this.#sources.get(address);
    if (known !== undefined) return known;
    if (this.#sources.size >= this.#settings.sourcesMax) {
      this.folds.sources++;
      return this.#rest;
    }
    const source: Source = { address, isRest: false, groups: new Map() };
    this.#sources.set(address, source);
    return source;
  }

  #destinationOf(policy: string, address: string, port: number, route: string): Destination {
    const last = this.#lastDestination;
    // Most servers stand in front of one workload.
    const isLast =
      last !== null &&
      last.port === port &&
      last.address === address &&
      last.policy === policy &&
      last.route === route;
    if (isLast) return last;
    const key = `${address} ${port} ${policy} ${route}`;
    const known = this.#destinations.get(key);
    if (known === undefined && this.#destinations.size >= this.#settings.destinationsMax) {
      this.folds.destinations++;
      return this.#restOf(policy);
    }
    const destination = known ?? this.#newDestination(key, { policy, address, port, route, isRest: false });
    destination.isUsed = true;
    this.#lastDestination = destination;
    return destination;
  }

  #restOf(policy: string): Destination {
    const key = `rest ${policy}`;
    const known = this.#destinations.get(key);
    if (known !== undefined) return known;
    return this.#newDestination(key, { policy, address: '', port: 0, route: '', isRest: true });
  }

  #newDestination(key: string, told: L7Destination): Destination {
    const destination = {
      ...told,
      templates: new PathTemplates(this.#settings.templatesMax, this.#remembered),
      learnsSinceMillis: this.#now(),
      isUsed: true,
    };
    this.#destinations.set(key, destination);
    return destination;
  }

  /** Forgets who had no request, where room is wanted, and what was learned too long ago. */
  #tidyDestinations(): void {
    const isFull = this.#destinations.size >= this.#settings.destinationsMax;
    const now = this.#now();
    for (const [key, destination] of this.#destinations) {
      if (isFull && !destination.isUsed) {
        this.#destinations.delete(key);
        continue;
      }
      destination.isUsed = false;
      if (now - destination.learnsSinceMillis < L7_LIMITS.templatesKeptMillis) continue;
      destination.templates = new PathTemplates(this.#settings.templatesMax, this.#remembered);
      destination.learnsSinceMillis = now;
    }
    this.#lastDestination = null;
  }
}

const restOfSources = (): Source => ({ address: '', isRest: true, groups: new Map() });

/** Below 2^53: templates are told from each other by a number of at most 39 bits. */
const keyOf = ({ template, method, status }: Place): number =>
  (template.id * METHODS_MAX + method) * STATUSES_MAX + status;

/** Without query and fragment. */
function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  const fragment = path.indexOf('#');
  return fragment < 0 ? path : path.slice(0, fragment);
}

const groupAt = (
  { destination, source, template, method, status, isDirect }: Place,
  workloadOf: WorkloadOf,
): L7Group => ({
  destination,
  client: source.address,
  isRestOfClients: source.isRest,
  method: METHOD_NAMES[method] ?? 'OTHER',
  template: template.text,
  status,
  // A header is no proof of who it was.
  source: isDirect ? workloadOf(source.address) : null,
  workload: workloadOf(destination.address),
  count: 0,
  blocked: 0,
  wouldBlock: 0,
  uninspectable: 0,
  unjudged: 0,
  requestBytes: 0,
  responseBytes: 0,
  responses: 0,
  latencySum: 0,
  latencyMax: 0,
  latencies: null,
  inspectionSum: 0,
  inspectionMax: 0,
});

function addLatency(group: L7Group, micros: number): void {
  group.latencies ??= new Array<number>(L7_LATENCY_BOUNDS_MICROS.length + 1).fill(0);
  let at = 0;
  while (at < L7_LATENCY_BOUNDS_MICROS.length && micros > (L7_LATENCY_BOUNDS_MICROS[at] ?? 0)) at++;
  group.latencies[at] = (group.latencies[at] ?? 0) + 1;
  group.responses++;
  group.latencySum += micros;
  if (micros > group.latencyMax) group.latencyMax = micros;
}
