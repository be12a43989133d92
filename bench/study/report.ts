// docs/study.md, from what was found: every number in it is from the results, or from what notebooks printed.

import { counted } from '../../src/display/number-format.js';
import { accuracyChart } from './chart.js';
import { claims } from './claims.js';
import type { Evidence } from './evidence.js';
import { Found } from './found.js';
import { speedUps, texts, type Claim } from './judging.js';
import type { Network } from './networks.js';
import type { Results } from './results.js';
import { allRates, type Settings } from './settings.js';
import { rateRuns } from './study.js';
import { amount, markdownTable, meanOf, percent, rangeOf, smallPercent, times } from './words.js';

/** A page, and the pictures beside it by their names. */
export interface Report {
  readonly markdown: string;
  readonly pictures: Readonly<Record<string, string>>;
}

const picture = 'study-accuracy.svg';

/** The report of a study, finished or not. */
export function report(networks: readonly Network[], settings: Settings, results: Results, evidence: Evidence): Report {
  const found = new Found(networks, settings, results);
  const sections = [
    head(found),
    '## Accuracy',
    `![Accuracy of each network, seed by seed](${picture})`,
    accuracies(found),
    '## What a step takes',
    steps(found),
    '## Direct sums, im2col, FFT',
    ways(found),
    '## Pooling',
    pooling(found),
    '## What the texts claimed and what was found',
    `Four texts led to this project. Two networks differ where all trainings of the one read more digits than all of the other; else they are taken as equal.`,
    ...Object.keys(texts).map((text) => claimed(text as Claim['text'], found, evidence)),
    '## How the learning rates were chosen',
    rates(found),
  ];
  const trained = networks.filter(({ isTrained }) => isTrained);
  const points = trained.map(({ id, title, size }) => ({
    name: `${title} (${size}²)`,
    shares: found.runs(id).map(({ score }) => score.accuracy),
  }));
  return { markdown: `${sections.join('\n\n')}\n`, pictures: { [picture]: accuracyChart(points) } };
}

function head({ settings, results, networks }: Found): string {
  const { train, validation, test, difficulty, batchSize, epochs, rates: first, furtherRates, seeds, rateEpochs } = settings;
  const steps = epochs * Math.ceil(train / batchSize);
  const trained = networks.filter(({ isTrained }) => isTrained).length;
  const where = results.times === null ? '' : ` Computed on ${results.times.adapter} (${results.times.machine}).`;
  return [
    '# Networks in the Fourier domain, compared',
    'Written by `npm run study`, every number of it: by hand nothing is changed here. `npm run study -- --help` says how to run it, or go on with it.',
    `${trained} networks learn to read grey digits that are drawn by lot (\`pv.data.digits\`, difficulty ${difficulty}), under equal budgets: the same ${train} digits in the same order, ${epochs} epochs of ${steps / epochs} batches of ${batchSize}, Adam whose rate falls along half a cosine. Each takes its own rate, of ${first.join(', ')} and where the best of them is the first or the last also ${furtherRates.join(' or ')}, by ${rateEpochs} epochs and ${validation} digits that count for nothing else. Then it is trained with ${seeds.length} seeds, and reads ${test} digits held out.${where}`,
    `All but the FCNN are two blocks of the layer that is named, batch normalization, GELU and pooling (of means, unless it is named) to half the size, with a \`Linear\` behind them: 16 and 32 channels at 32², 8 and 16 at 64². The FCNN (\`FourierCNN\`) has as many channels and no normalization. One task and one small size of network: what is found here need not hold for others.`,
  ].join('\n\n');
}

function accuracies(found: Found): string {
  const rows = found.networks
    .filter(({ isTrained }) => isTrained)
    .map(({ id, title, size }) => {
      const [spread, runs] = [found.accuracy(id), found.runs(id)];
      const loss = runs.reduce((sum, { score }) => sum + score.loss, 0) / runs.length;
      const lost = found.settings.seeds.length - runs.length;
      const of = lost === 0 ? '' : ` (${runs.length} of ${found.settings.seeds.length} seeds)`;
      const figures = spread === null ? ['–', '–', '–'] : [`${meanOf(spread)}${of}`, rangeOf(spread), loss.toFixed(3)];
      return [title, `${size}²`, ...figures, String(found.rate(id) ?? '–')];
    });
  const table = markdownTable(['network', 'images', 'digits read', 'least…most', 'loss', 'rate'], rows);
  const { test } = found.settings;
  const chance = Math.sqrt(0.09 / test);
  return `${table}\n\nMeans over the seeds with their standard deviation, and the least and the most of them. Which ${test} digits are held out is chance as well: of a network that reads 90% it moves all seeds together by ${(100 * chance).toFixed(1)} percent points (one standard deviation).`;
}

function steps(found: Found): string {
  const rows = found.networks.map(({ id, title, size }) => {
    const [cost, time] = [found.cost(id), found.time(id)];
    const counted =
      cost === null
        ? ['–', '–', '–', '–', '–', '–']
        : [
            amount(cost.parameters),
            amount(cost.flop),
            amount(cost.stepFlop),
            amount(cost.stepBytes),
            String(cost.dispatches),
            amount(cost.memory),
          ];
    const timed =
      time === null ? ['–', '–', '–'] : [time.median.toFixed(1), times(time.ratio), `${times(time.leastRatio)}…${times(time.mostRatio)}`];
    return [title, `${size}²`, ...counted, ...timed];
  });
  const header = [
    'network',
    'images',
    'parameters',
    'flop/image',
    'flop',
    'bytes moved',
    'dispatches',
    'memory',
    'ms',
    '× direct',
    'turns',
  ];
  const { results, settings } = found;
  const clock =
    results.times === null
      ? ''
      : ` Times are medians of ${results.times.turns} turns, in which all networks made steps one after the other, each in turn with the convolution of 5×5 by direct sums at 32²; "× direct" is the median of the turns' ratios to it, then the least and the most: of that convolution itself, beside a copy of itself, they tell the noise. Other work on the machine meets all alike: the load average was ${results.times.load[0]} at the beginning and ${results.times.load[1]} at the end, on ${results.times.machine}. Only the ratios count.`;
  return `${markdownTable(header, rows)}\n\n"flop/image": of a forward pass of one image by definition, whatever computes it. Then of one step (forward, backward, Adam) with ${settings.batchSize} images, by the device's counters: operations, bytes that dispatches read and wrote, dispatches, and the bytes of the device's memory that a training holds.${clock}`;
}

function ways(found: Found): string {
  const speed = speedUps(found).map(({ kernel, speedUp }) => {
    const [direct, byFft] = [`conv${kernel}-direct`, `conv${kernel}-fft`].map((id) => found.cost(id));
    const flop = direct == null || byFft == null ? '–' : times(direct.stepFlop / byFft.stepFlop);
    return [`${kernel}×${kernel}`, times(speedUp), flop];
  });
  const pairs = (['conv5-fft', 'conv5-im2col'] as const).flatMap((id) => {
    const [apart, differently] = [found.lossesApart(id, 'conv5-direct'), found.readDifferently(id, 'conv5-direct')];
    if (apart === null || differently === null) return [];
    const name = id === 'conv5-fft' ? 'By FFT' : 'By im2col, sums in another order,';
    return [
      `${name} losses of an epoch are at most ${smallPercent(apart)} from those by direct sums, and at most ${differently} of ${found.settings.test} digits are read differently.`,
    ];
  });
  const same = `The same network with the same seeds, computed in three ways. ${pairs.join(' ')}`;
  return speed.length === 0
    ? same
    : `${same}\n\nThe FFT against direct sums, by the size of both layers' kernels:\n\n${markdownTable(['kernels', 'times as fast', 'direct flop / FFT flop'], speed)}`;
}

function pooling(found: Found): string {
  const kinds = [
    ['means', 'conv5-direct'],
    ['maxima', 'pool-max'],
    ['spectral', 'pool-spectral'],
  ] as const;
  const rows = kinds.map(([name, id]) => {
    const [spread, time] = [found.accuracy(id), found.time(id)];
    return [name, spread === null ? '–' : meanOf(spread), spread === null ? '–' : rangeOf(spread), time === null ? '–' : times(time.ratio)];
  });
  const order = found.order('pool-spectral', 'pool-max');
  const said =
    order === null
      ? ''
      : `\n\nSpectral pooling against maxima: ${order === 'within' ? 'no difference beyond the spread' : `${order} it in all trainings`}.`;
  return `Convolutions of 5×5 by direct sums, pooled in three ways.\n\n${markdownTable(['pooling', 'digits read', 'least…most', 'time of a step'], rows)}${said}`;
}

function claimed(text: Claim['text'], found: Found, evidence: Evidence): string {
  const rows = claims
    .filter((one) => one.text === text)
    .map(({ claim, judge }) => {
      const { verdict, found: said } = judge(found, evidence);
      return [claim, `**${verdict}**`, said];
    });
  return `### ${texts[text]}\n\n${markdownTable(['claim', 'verdict', 'found'], rows, [0, 1, 2])}`;
}

function rates(found: Found): string {
  const { settings, results } = found;
  const rows = found.networks
    .filter(({ isTrained, rateOf }) => isTrained && rateOf === undefined)
    .map((network) => {
      const runs = rateRuns(network, settings, results);
      const cells = allRates(settings).map((rate) => {
        const run = runs.find((one) => one.rate === rate);
        const said = run === undefined ? '–' : run.score === null ? 'no number' : percent(run.score.accuracy);
        return rate === found.rate(network.id) ? `**${said}**` : said;
      });
      return [network.title, `${network.size}²`, ...cells];
    });
  const table = markdownTable(['network', 'images', ...allRates(settings).map(String)], rows);
  const all = allRates(settings);
  const atEnd = found.networks.filter(({ id, isTrained }) => isTrained && [all[0], all.at(-1)].includes(found.rate(id) ?? NaN));
  const ends =
    atEnd.length === 0
      ? ''
      : ` ${counted(atEnd.length, 'network')} took the smallest or the largest of all (${atEnd.map(({ title }) => title).join('; ')}): one beyond may suit them better.`;
  return `${table}\n\nDigits read of the ${settings.validation}, after ${settings.rateEpochs} epochs; the most, or of equals the one with the least loss, is taken. im2col and FFT take the rate of direct sums: they are the same network.${ends}`;
}
