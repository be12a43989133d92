// Where we must be: what a row is held to, and whether it holds.

import type { Counters } from './adapter.js';
import type { Measured } from './measure.js';
import type { PeerName } from './peers.js';
import { torchPeers } from './peers.js';

/** One demand on Parseval. */
export type Target =
  /** So many times as fast as a peer; PyTorch is taken with as many threads as serve it best. */
  | { readonly kind: 'faster'; readonly than: 'jax-js' | 'TF.js' | 'PyTorch'; readonly times: number }
  | { readonly kind: 'dispatches'; readonly most: number }
  | { readonly kind: 'error'; readonly most: number }
  /** `auto` takes at most 10% longer than the best algorithm. */
  | { readonly kind: 'auto' }
  /** A repetition plans, compiles and allocates nothing, and sends one plan. */
  | { readonly kind: 'steady' }
  /** The share of the copy bandwidth, on a GPU that is one. */
  | { readonly kind: 'bandwidth'; readonly least: number };

/** A target beside what was measured; met is null where nothing can be said. */
export interface Verdict {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean | null;
}

/** What the verdicts rest on. */
export interface Evidence {
  readonly ours: Measured;
  readonly others: readonly Measured[];
  /** Largest relative L2 of our results, if the truth is known. */
  readonly error: number | undefined;
  /** Share of the copy bandwidth. */
  readonly bandwidth: number | undefined;
  readonly isSoftware: boolean;
}

/** Prefix of the labels of our algorithms: 'Parseval fft'. */
export const ownAlgorithm = 'Parseval ';

/** Holds a target against the evidence. */
export function judge(target: Target, { ours, others, error, bandwidth, isSoftware }: Evidence): Verdict {
  const medianOf = (names: readonly PeerName[]): number =>
    Math.min(...others.filter(({ label }) => (names as readonly string[]).includes(label)).map(({ median }) => median));
  switch (target.kind) {
    case 'faster': {
      const times = medianOf(target.than === 'PyTorch' ? torchPeers : [target.than]) / ours.median;
      const measured = Number.isFinite(times) ? `${times.toFixed(times < 10 ? 1 : 0)}×` : 'absent';
      return {
        target: `≥ ${target.times}× ${target.than}`,
        measured,
        met: Number.isFinite(times) ? times >= target.times : null,
      };
    }
    case 'dispatches': {
      const { dispatches } = ours.counters ?? {};
      return atMost('dispatches', dispatches, target.most, String);
    }
    case 'error':
      return atMost('relative error', error, target.most, (value) => value.toExponential(1));
    case 'auto': {
      const best = Math.min(...others.filter(({ label }) => label.startsWith(ownAlgorithm)).map(({ median }) => median));
      const ratio = ours.median / best;
      return {
        target: 'auto ≤ 1.1× the best algorithm',
        measured: `${ratio.toFixed(2)}×`,
        met: Number.isFinite(ratio) ? ratio <= 1.1 : null,
      };
    }
    case 'steady':
      return steady(ours.counters);
    case 'bandwidth': {
      const measured = bandwidth === undefined ? '?' : percent(bandwidth);
      return {
        target: `≥ ${percent(target.least)} of the copy bandwidth`,
        measured: isSoftware ? `${measured} (software: no target)` : measured,
        met: isSoftware || bandwidth === undefined ? null : bandwidth >= target.least,
      };
    }
  }
}

function steady(counters: Counters | undefined): Verdict {
  const { plansBuilt = NaN, plansReplayed = NaN, pipelines = NaN, allocations = NaN } = counters ?? {};
  return {
    target: 'a repetition plans, compiles and allocates nothing, and sends one plan',
    measured: `${plansBuilt} plans, ${pipelines} pipelines, ${allocations} allocations; ${plansBuilt + plansReplayed} sent`,
    met: counters === undefined ? null : plansBuilt + pipelines + allocations === 0 && plansReplayed === 1,
  };
}

function atMost(what: string, value: number | undefined, most: number, text: (value: number) => string): Verdict {
  return {
    target: `${what} ≤ ${text(most)}`,
    measured: value === undefined ? '?' : text(value),
    met: value === undefined ? null : value <= most,
  };
}

/** A share in percent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}
