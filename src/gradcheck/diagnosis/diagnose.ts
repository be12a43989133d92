// Diagnosis by hypothesis. Patterns of an error mislead, so the gradient that each named mistake would give is computed, in float64, and the
// mistake that reproduces the observed gradient is the cause; or the other way round, a change that makes the gradient right is its repair.

import type { Node } from '../../graph/node.js';
import { rmsOf } from '../directions.js';
import { distance } from '../error-model.js';
import type { Evaluator, Override } from '../evaluator.js';
import { workOf } from '../model.js';
import type { Pace } from '../pace.js';
import type { Replay, Values } from '../replay.js';
import type { Diagnosis } from '../report.js';
import { fixOf } from './fix.js';
import { mistakesAt, type Label, type Mistake, type Words } from './mistakes.js';
import { factorOf, resultMistakes, scaleWords } from './result-mistakes.js';

/** A value that is wrong. */
export interface Wrong {
  /** The input's name, or `forward`. */
  readonly input: string;
  readonly shape: readonly number[];
  readonly dtype: Node['dtype'];
  /** What was observed, and what is right where `known` says so. */
  readonly observed: Values;
  readonly right: Values;
  readonly known: (position: number) => boolean;
  /** Errors are relative to it, and up to `tolerance` they are rounding. */
  readonly scale: number;
  readonly tolerance: number;
  /** The graph that computes what was observed, in float64: changes of it may be repairs. Null where there is none. */
  readonly observedNode: Node | null;
  /** The graph that computes what is right: changes of it may be the mistake. Null where it is not known to be right. */
  readonly rightNode: Node | null;
}

/** Where hypotheses are looked for. */
export interface Context {
  readonly replay: Replay;
  /** Nodes of the function itself, without its gradient. */
  readonly forward: ReadonlySet<Node>;
  readonly label: Label;
  readonly isGradient: (node: Node) => boolean;
  /** Lengths that factors are made of, in words. */
  readonly sizes: ReadonlyMap<number, string>;
  readonly pace: Pace;
}

interface Candidate extends Words {
  readonly residual: number;
  readonly mistake?: Mistake;
}

/** Arithmetic operations that a search may take. */
const searchWork = 4e9;
/** Single changes that are combined in pairs, at most. */
const combined = 24;

/** The cause of a wrong value, or null where no named mistake reproduces it. */
export async function diagnose(wrong: Wrong, context: Context): Promise<Diagnosis | null> {
  const factor = searchFactor(wrong, context);
  const repair = factor !== null || wrong.observedNode === null ? null : await searchRepairs(wrong, wrong.observedNode, context);
  const found = factor ?? repair ?? (await searchMistakes(wrong, context));
  if (found === null) return null;
  const { name, change, residual, mistake } = found;
  const fix = mistake?.edit === undefined || repair === null ? undefined : fixOf(mistake.node, mistake.edit, context.replay);
  return { input: wrong.input, hypothesis: name, residual, change, ...(fix === undefined ? {} : { fix }) };
}

/** The largest error over the scale: that of the right value, or of what is wanted where that is larger and so rounds more. */
function residualOf(values: Values, wanted: Values, { known, scale: least }: Wrong): number {
  let worst = 0;
  const scale = Math.max(least, rmsOf(wanted));
  for (let i = 0; i < wanted.length; i++) if (known(i)) worst = Math.max(worst, distance(values[i]!, wanted[i]!) / scale);
  return worst;
}

/** Changes of the graph under test that make it right: one, or two at once. */
async function searchRepairs(wrong: Wrong, node: Node, context: Context): Promise<Candidate | null> {
  const evaluator = context.replay.evaluator([node], []);
  const mistakes = mistakesIn(evaluator, context).filter(({ node: at }) => wrong.input === 'forward' || !context.forward.has(at));
  const tried: { readonly mistake: Mistake; readonly values: Values; readonly residual: number }[] = [];
  let best: Candidate | null = null;
  for (const mistake of within(mistakes, evaluator)) {
    const values = whatIf(evaluator, [mistake]);
    const residual = residualOf(values, wrong.right, wrong);
    tried.push({ mistake, values, residual });
    if (residual <= wrong.tolerance && (best === null || better(residual, mistake, best)))
      best = { ...mistake.asRepair, residual, mistake };
    await context.pace.step();
  }
  if (best !== null) return best;
  const changing = tried.filter(({ mistake: { edit } }) => edit !== undefined).slice(0, combined);
  for (const [i, { mistake: a }] of changing.entries()) {
    for (const { mistake: b } of changing.slice(i + 1)) {
      if (a.node === b.node && a.compute !== b.compute) continue;
      const residual = residualOf(whatIf(evaluator, [a, b]), wrong.right, wrong);
      if (residual <= wrong.tolerance)
        return { name: `${a.asRepair.name}, and ${b.asRepair.name}`, change: `${a.asRepair.change} ${b.asRepair.change}`, residual };
      await context.pace.step();
    }
  }
  // A change, and a factor that is wrong as well.
  for (const { mistake, values } of tried) {
    const factor = factorOf(values, wrong.right);
    const residual = residualOf(
      values.map((value) => value / factor),
      wrong.right,
      wrong,
    );
    if (Number.isFinite(factor) && factor !== 0 && residual <= wrong.tolerance) {
      const scale = scaleWords(factor, context.sizes);
      return { name: `${mistake.asRepair.name}, and ${scale.name}`, change: `${mistake.asRepair.change} ${scale.change}`, residual };
    }
  }
  return null;
}

/** Equal ones are told apart by whether they can be written as an edit, and of what. */
function better(residual: number, mistake: Mistake, best: Candidate): boolean {
  const plain = (one: Mistake | undefined): boolean => one?.edit !== undefined && !one.asRepair.name.includes('the product');
  const alike = residual <= 10 * best.residual + 1e-12 && best.residual <= 10 * residual + 1e-12;
  return alike ? plain(mistake) && !plain(best.mistake) : residual < best.residual;
}

/** The right value, but for a factor. */
function searchFactor(wrong: Wrong, { sizes }: Context): Candidate | null {
  const { observed, right, tolerance } = wrong;
  const factor = factorOf(observed, right);
  const residual = residualOf(
    right.map((value) => value * factor),
    observed,
    wrong,
  );
  return residual <= tolerance ? { ...scaleWords(factor, sizes), residual } : null;
}

/** Mistakes that make of the right value what was observed. */
async function searchMistakes(wrong: Wrong, context: Context): Promise<Candidate | null> {
  const { observed, right, shape, dtype, tolerance } = wrong;
  const candidates: Candidate[] = [];
  const variants: (Words & { readonly values: Values })[] = resultMistakes(right, shape, dtype);
  if (wrong.rightNode !== null) {
    const evaluator = context.replay.evaluator([wrong.rightNode], []);
    for (const mistake of within(mistakesIn(evaluator, context), evaluator)) {
      variants.push({ ...mistake.asMistake, values: whatIf(evaluator, [mistake]) });
      await context.pace.step();
    }
  }
  const matches = variants.map((variant) => ({ ...variant, residual: residualOf(variant.values, observed, wrong) }));
  candidates.push(
    ...matches.filter(({ residual }) => residual <= tolerance).map(({ name, change, residual }) => ({ name, change, residual })),
  );
  if (candidates.length === 0) {
    for (const { name, change, values } of variants) {
      const by = factorOf(observed, values);
      const residual = residualOf(
        values.map((value) => value * by),
        observed,
        wrong,
      );
      if (!Number.isFinite(by) || by === 0 || residual > tolerance) continue;
      const words = scaleWords(by, context.sizes);
      candidates.push({ name: `${name}, and ${words.name}`, change: `${change} ${words.change}`, residual });
    }
  }
  return candidates.reduce<Candidate | null>((best, one) => (best === null || one.residual < best.residual / 4 ? one : best), null);
}

/** All mistakes of a graph, those of its last operations first. */
function mistakesIn(evaluator: Evaluator, { label, isGradient }: Context): Mistake[] {
  return [...evaluator.all].reverse().flatMap((node) => mistakesAt(node, label, isGradient));
}

/** As many mistakes as the search may look at. */
function within(mistakes: readonly Mistake[], evaluator: Evaluator): readonly Mistake[] {
  return mistakes.slice(0, Math.max(20, Math.floor(searchWork / workOf(evaluator.all))));
}

function whatIf(evaluator: Evaluator, mistakes: readonly Mistake[]): Values {
  const overrides = new Map<Node, Override>(mistakes.map(({ node, compute }) => [node, compute]));
  return evaluator.whatIf(overrides)[0] as Values;
}
