import type { ApiRequest } from './api-requests.ts';

/** What goes wrong, and for which requests. */
export interface Fault {
  readonly effect: Effect;
  /** Every request unless told. */
  readonly when?: RequestMatcher;
  /** Of the requests that match; 1 unless told. */
  readonly probability?: number;
  /** This many requests are hit and no more; endless unless told. */
  readonly count?: number;
}

export interface RequestMatcher {
  readonly method?: string;
  readonly verb?: string;
  readonly resource?: string;
  /** Of the path with its query. */
  readonly path?: RegExp;
}

export type Effect = AnswerEffect | StreamEffect;

/** Decided when a request comes; the API server never sees it, but for `loseAnswer`. */
export type AnswerEffect =
  /** As the API server words it. */
  | {
      readonly kind: 'answer';
      readonly status: 409 | 410 | 429 | 500 | 503;
      readonly retryAfterSeconds?: number;
    }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** No answer ever; the connection stays. */
  | { readonly kind: 'hang' }
  /** The request is carried out, its answer is not delivered: the connection is reset. */
  | { readonly kind: 'loseAnswer' }
  /** The request waits before it is carried out. */
  | { readonly kind: 'delay'; readonly ms: number };

/** What happens to the body of an answer. Holds for streams that are open already, too. */
export type StreamEffect =
  /** The connection ends after so many further bytes; with 0 at once. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The connection ends in the middle of the next line. */
  | { readonly kind: 'cutMidObject' }
  /** Every line comes late. */
  | { readonly kind: 'slow'; readonly lineMs: number }
  /** Nothing comes any more; the connection stays. */
  | { readonly kind: 'halfOpen' }
  /** A watch tells at once that its resource version is gone, and ends. */
  | { readonly kind: 'expire' };

const STREAM_KINDS = ['cut', 'cutMidObject', 'slow', 'halfOpen', 'expire'] as const;

function isStreamEffect(effect: Effect): effect is StreamEffect {
  return STREAM_KINDS.some((kind) => kind === effect.kind);
}

/** Decides once for a request and a fault; asked again, it says the same. */
export interface Injector {
  set(faults: readonly Fault[]): void;
  /** Null is none. */
  answerEffect(request: ApiRequest): AnswerEffect | null;
  streamEffect(request: ApiRequest): StreamEffect | null;
  /** Calls back when the faults are others; returns what ends that. */
  onChange(listener: () => void): () => void;
  /** How many requests the faults hit since they were set. */
  hits(): number;
}

export function injector(random: () => number): Injector {
  let faults: readonly FaultInForce[] = [];
  const listeners = new Set<() => void>();
  return {
    set: (next) => {
      faults = next.map((fault) => ({ fault, decided: new Map() }));
      for (const listener of listeners) listener();
    },
    answerEffect: (request) => {
      const hit = firstHit(faults, request, random, (effect) => !isStreamEffect(effect));
      return hit === null || isStreamEffect(hit) ? null : hit;
    },
    streamEffect: (request) => {
      const hit = firstHit(faults, request, random, isStreamEffect);
      return hit !== null && isStreamEffect(hit) ? hit : null;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hits: () => faults.reduce((sum, { decided }) => sum + hitCount(decided), 0),
  };
}

type Decisions = Map<ApiRequest, boolean>;

interface FaultInForce {
  readonly fault: Fault;
  readonly decided: Decisions;
}

function firstHit(
  faults: readonly FaultInForce[],
  request: ApiRequest,
  random: () => number,
  isWanted: (effect: Effect) => boolean,
): Effect | null {
  for (const { fault, decided } of faults) {
    if (!isWanted(fault.effect) || !matches(fault.when ?? {}, request)) continue;
    const isHit =
      decided.get(request) ??
      (hitCount(decided) < (fault.count ?? Infinity) && random() < (fault.probability ?? 1));
    decided.set(request, isHit);
    if (isHit) return fault.effect;
  }
  return null;
}

function hitCount(decided: Decisions): number {
  return decided.values().reduce((sum, isHit) => sum + Number(isHit), 0);
}

function matches({ method, verb, resource, path }: RequestMatcher, request: ApiRequest): boolean {
  return (
    (method ?? request.method) === request.method &&
    (verb ?? request.verb) === request.verb &&
    (resource ?? request.resource) === request.resource &&
    (path === undefined || path.test(request.path))
  );
}
