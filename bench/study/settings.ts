// What all networks of the study share: the digits, the batches, how long they learn, and the rates that they may choose from.

/** One study. Two studies of equal settings do the same, whatever machine and time they ran at. */
export interface Settings {
  /** Digits to learn from; a multiple of the batch size, so that all steps are alike. */
  readonly train: number;
  /** Digits by which learning rates are chosen. */
  readonly validation: number;
  /** Digits that accuracies are told of; nothing is chosen by them. */
  readonly test: number;
  /** 0 to 1, see pv.data.digits. */
  readonly difficulty: number;
  /** Chooses the digits. */
  readonly dataSeed: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs of the trainings by which a rate is chosen. */
  readonly rateEpochs: number;
  /** Learning rates that are tried: Adam's at its largest; it falls along half a cosine. */
  readonly rates: readonly number[];
  /** Others, each tried where the one next to it is the best so far. */
  readonly furtherRates: readonly number[];
  /** Each network is trained once with each; they choose initial parameters and the order of the batches. */
  readonly seeds: readonly number[];
}

/** The seed of the trainings by which rates are chosen: none of those that count. */
export const RATE_SEED = 100;

/** All rates that may be tried, in their order. */
export function allRates({ rates, furtherRates }: Settings): number[] {
  return [...rates, ...furtherRates].sort((a, b) => a - b);
}

/** The study as it is published. */
export const full: Settings = {
  train: 1280,
  validation: 320,
  test: 960,
  difficulty: 0.5,
  dataSeed: 1,
  batchSize: 32,
  epochs: 3,
  rateEpochs: 2,
  rates: [1e-3, 3e-3, 1e-2],
  furtherRates: [3e-4, 3e-2],
  seeds: [1, 2, 3],
};

/** One in which everything happens once, to see that it works: its figures mean nothing. */
export const quick: Settings = {
  ...full,
  train: 64,
  validation: 32,
  test: 32,
  epochs: 1,
  rateEpochs: 1,
  rates: [3e-3],
  furtherRates: [],
  seeds: [1],
};
