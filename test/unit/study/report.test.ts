import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { claims } from '../../../bench/study/claims.js';
import { readEvidence } from '../../../bench/study/evidence.js';
import { Found } from '../../../bench/study/found.js';
import { texts, type Verdict } from '../../../bench/study/judging.js';
import { networks } from '../../../bench/study/networks.js';
import { report } from '../../../bench/study/report.js';
import { noResults } from '../../../bench/study/results.js';
import { spreadOf } from '../../../bench/study/statistics.js';
import { nextRate } from '../../../bench/study/study.js';
import { timesOf } from '../../../bench/study/times.js';
import { amount, markdownTable, meanOf } from '../../../bench/study/words.js';
import { evidence, foundOf, resultsOf, settings, type Told } from './findings.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The verdict on the one claim that holds these words. */
function verdictOn(words: string, told: Told = {}): Verdict {
  const matching = claims.filter(({ claim }) => claim.includes(words));
  expect(matching, words).to.have.length(1);
  return matching[0]!.judge(foundOf(told), evidence).verdict;
}

/** The cells of the row of a table that begins so. */
function rowOf(markdown: string, begin: string): string[] {
  const line = markdown.split('\n').find((one) => one.startsWith(`| ${begin} |`));
  return (line ?? '').split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
}

describe('figures of the study', () => {
  it('a spread is the mean, the deviation of the sample, the least and the most', () => {
    // (1 + 2 + 6)/3 = 3; (4 + 1 + 9)/2 = 7.
    expect(spreadOf([1, 2, 6])).to.deep.equal({ count: 3, mean: 3, deviation: Math.sqrt(7), least: 1, most: 6 });
    expect(spreadOf([0.5]).deviation).to.equal(null);
    expect(meanOf(spreadOf([0.5]))).to.equal('50.0%');
    expect(meanOf(spreadOf([0.9, 0.8, 1]))).to.equal('90.0% ± 10.0');
    expect(() => spreadOf([])).to.throw('no values');
  });

  it('times are held against those of the same turn, not against the median', () => {
    // A machine that is three times as slow in the second turn: ratios 2, 3 and 2.
    expect(timesOf([20, 90, 24], [10, 30, 12])).to.deep.equal({ median: 24, fastest: 20, ratio: 2, leastRatio: 2, mostRatio: 3 });
  });

  it('two networks differ where all seeds of the one are above all of the other', () => {
    const found = foundOf({ right: { smooth: [9, 10, 10], operator: [7, 8, 8], 'pool-max': [10, 10, 10] } });
    expect(found.order('smooth', 'operator')).to.equal('above');
    expect(found.order('operator', 'smooth')).to.equal('below');
    expect(found.order('smooth', 'conv5-direct')).to.equal('within');
    expect(found.order('pool-max', 'conv5-direct')).to.equal('above');
  });

  it('digits that two networks read differently are counted seed by seed, not by how many are right', () => {
    const results = resultsOf();
    const run = results.runs['conv5-fft 2']!;
    // As many right, but others.
    results.runs['conv5-fft 2'] = { ...run, score: { ...run.score!, read: `1${run.score!.read.slice(1, 9)}9` } };
    expect(new Found(networks, settings, results).readDifferently('conv5-fft', 'conv5-direct')).to.equal(2);
  });

  it('the rate is the one that read most digits to choose by; networks computed in another way share it', () => {
    const results = resultsOf();
    const found = new Found(networks, settings, results);
    expect(found.rate('smooth')).to.equal(0.01);
    const smaller = results.runs['smooth rate 0.001']!;
    results.runs['smooth rate 0.001'] = { ...smaller, score: { ...smaller.score!, accuracy: 0.6, loss: 0.5 } };
    expect(found.rate('smooth'), 'equal accuracies, less loss').to.equal(0.001);
    results.runs['conv5-direct rate 0.01']!.score = null;
    expect(found.rate('conv5-fft')).to.equal(0.001);
  });

  it('the rate next to the best one is tried, too, until the best has a worse one at each side', () => {
    const results = resultsOf();
    const smooth = networks.find(({ id }) => id === 'smooth')!;
    const wider = { ...settings, furtherRates: [0.0001, 0.1, 1] };
    const tried = (rate: number, accuracy: number): void => {
      results.runs[`smooth rate ${rate}`] = { ...results.runs['smooth rate 0.01']!, rate, score: { loss: 1, accuracy, read: '0' } };
    };
    expect(nextRate(smooth, wider, results)).to.equal(0.1);
    tried(0.1, 0.7);
    expect(nextRate(smooth, wider, results)).to.equal(1);
    tried(1, 0.1);
    expect(nextRate(smooth, wider, results)).to.equal(null);
    tried(0.001, 0.9);
    expect(nextRate(smooth, wider, results)).to.equal(0.0001);
    for (const rate of [0.001, 0.01, 0.1, 1]) results.runs[`smooth rate ${rate}`]!.score = null;
    expect(nextRate(smooth, wider, results), 'all were too large').to.equal(0.0001);
    delete results.runs['smooth rate 0.01'];
    expect(nextRate(smooth, wider, results), 'not all of the first are tried').to.equal(null);
  });

  it('amounts have three digits and their thousands', () => {
    expect([7, 999, 1234, 12_345_678, 2.5e9].map(amount)).to.deep.equal(['7', '999', '1.23 k', '12.3 M', '2.50 G']);
    expect(markdownTable(['a', 'b'], [['x|y', '1']])).to.equal('| a | b |\n| --- | ---: |\n| x\\|y | 1 |');
  });
});

describe('verdicts of the study', () => {
  const conv = (speedUps: readonly number[]): Told => {
    const [three, five, nine, fifteen] = speedUps as readonly [number, number, number, number];
    return { ratios: { 'conv3-direct': three, 'conv5-fft': 1 / five, 'conv9-direct': nine, 'conv15-direct': fifteen } };
  };

  it('on "4.8 times faster" follow the times at 5×5, and at larger kernels', () => {
    expect(verdictOn('4.8 times', conv([1, 4.9, 5, 6]))).to.equal('holds');
    expect(verdictOn('4.8 times', conv([1, 1.5, 3, 6]))).to.equal('holds in part');
    expect(verdictOn('4.8 times', conv([1, 1.5, 3, 4]))).to.equal('does not hold');
  });

  it('on costs follow whether the FFT is faster for any kernel, and from which on', () => {
    expect(verdictOn('not computationally cheaper', conv([0.5, 0.6, 0.8, 1.05]))).to.equal('holds');
    expect(verdictOn('not computationally cheaper', conv([0.5, 0.9, 2, 4]))).to.equal('holds in part');
    expect(verdictOn('not computationally cheaper', conv([1, 2, 3, 4]))).to.equal('does not hold');
    expect(verdictOn('only for very large kernels', conv([0.5, 0.6, 0.8, 1.2]))).to.equal('holds');
    expect(verdictOn('only for very large kernels', conv([0.5, 1.2, 2, 3]))).to.equal('holds in part');
    expect(verdictOn('only for very large kernels', conv([1.2, 1.2, 2, 3]))).to.equal('does not hold');
    expect(verdictOn('O(N²M²)', { flop: { 'conv15-direct': 2e7, 'conv15-fft': 1.2e6 } })).to.equal('holds');
    expect(verdictOn('O(N²M²)', { flop: { 'conv15-direct': 2e6, 'conv15-fft': 2e7 } })).to.equal('does not hold');
  });

  it('on locality follow what kernels by FFT read, and what free spectra read', () => {
    const free = { 'fcnn-inverse-relu': [5, 5, 6], 'global-filter': [6, 6, 6] };
    expect(verdictOn('inductive bias')).to.equal('does not hold');
    expect(verdictOn('inductive bias', { right: { 'fcnn-inverse-relu': [5, 5, 6] } })).to.equal('does not hold');
    expect(verdictOn('inductive bias', { right: free })).to.equal('holds in part');
    expect(verdictOn('inductive bias', { right: { ...free, 'conv5-fft': [5, 5, 6] } })).to.equal('holds');
  });

  it('on large images follow whether smooth multipliers read more than convolutions in all trainings', () => {
    expect(verdictOn('outperforming', { right: { 'large-conv5': [8, 8, 9], 'large-scales': [9, 10, 9] } })).to.equal('does not hold');
    expect(verdictOn('outperforming', { right: { 'large-conv5': [8, 8, 8], 'large-scales': [9, 10, 9] } })).to.equal('holds');
  });

  it('on the Fourier CNN follow what it reads without a nonlinearity', () => {
    expect(verdictOn('entirely in the frequency domain', { right: { 'fcnn-none': [5, 5, 5] } })).to.equal('incomplete');
    expect(verdictOn('entirely in the frequency domain')).to.equal('holds');
  });

  it('are not given before there are numbers', () => {
    const found = new Found(networks, settings, noResults(settings));
    const early = claims.map(({ judge }) => judge(found, evidence).verdict);
    expect(early.filter((verdict) => verdict === 'not measured yet').length).to.be.greaterThan(10);
  });

  it('cite notebooks and tests that are there', async () => {
    const proofs = await readEvidence(root);
    const answers = claims.find(({ claim }) => claim.includes('Dense(3072'))!.judge(foundOf(), proofs);
    expect(answers).to.deep.include({ verdict: 'does not hold' });
    expect(answers.found).to.include('256 answers');
  });
});

describe('the page of the study', () => {
  it('has a row for every network and every claim, with the numbers that were found', () => {
    const { markdown } = report(networks, settings, resultsOf({ right: { smooth: [7, 8, 9] }, ratios: { smooth: 1.25 } }), evidence);
    // 80% ± √((1 + 0 + 1)/2)·10 percent points.
    const title = networks.find(({ id }) => id === 'smooth')!.title;
    expect(rowOf(markdown, title)).to.deep.equal([title, '32²', '80.0% ± 10.0', '70.0…90.0%', '0.250', '0.01']);
    expect(markdown).to.match(/\| 12\.5 \| 1\.3× \| 1\.1×…1\.4× \|/);
    for (const network of networks) expect(markdown).to.include(`| ${network.title} |`);
    for (const { claim } of claims) expect(markdown).to.include(claim);
    for (const text of Object.values(texts)) expect(markdown).to.include(text);
    expect(markdown).not.to.match(/NaN|undefined|null|Infinity/);
  });

  it('says how much is there of a study that is not finished', () => {
    const results = resultsOf();
    delete results.runs['operator 2'];
    for (const id of ['global-filter 1', 'global-filter 2', 'global-filter 3']) delete results.runs[id];
    results.times = null;
    const { markdown, pictures } = report(networks, settings, results, evidence);
    const title = (id: string): string => networks.find((network) => network.id === id)!.title;
    expect(rowOf(markdown, title('operator'))[2]).to.equal('90.0% ± 0.0 (2 of 3 seeds)');
    expect(rowOf(markdown, title('global-filter'))[2]).to.equal('–');
    expect(markdown).to.include('**not measured yet**');
    expect(markdown).not.to.match(/NaN|undefined|null|Infinity/);
    expect(Object.values(pictures)[0]).to.match(/^<svg/);
  });

  it('says which networks might want a rate beyond those that were tried', () => {
    const results = resultsOf();
    expect(report(networks, settings, results, evidence).markdown).not.to.include('one beyond');
    results.runs['smooth rate 0.1'] = { ...results.runs['smooth rate 0.01']!, rate: 0.1, score: { loss: 1, accuracy: 0.9, read: '0' } };
    const title = networks.find(({ id }) => id === 'smooth')!.title;
    expect(report(networks, settings, results, evidence).markdown).to.include(
      `1 network took the smallest or the largest of all (${title})`,
    );
  });

  it('draws a dot for every training that counts', () => {
    const [svg] = Object.values(report(networks, settings, resultsOf(), evidence).pictures);
    expect([...svg!.matchAll(/<circle/g)]).to.have.length(3 * networks.filter(({ isTrained }) => isTrained).length);
  });
});
