// Diagnosis by hypothesis. Patterns of an error mislead, so the gradient that each named mistake would give is computed, in float64, and the
// mistake that reproduces the observed gradient is the cause; or the other way round, a change that makes the gradient right is its repair.

import type { Node } from '../../graph/node.js';
import { rmsOf } from '../directions.js';
import { distance } from '../error-model.js';
import type { Evaluator } from '../evaluator.js';
import { workOf } from '../model.js';
import type { Pace } from '../pace.js';
import type { Replay, Values } from '../replay.js';
import { mistakesAt, overridesOf, type Label, type Mistake, type Words } from './mistakes.js';
import { factorOf, resultMistakes, scaleWords } from './result-mistakes.js';

/** A value that is wrong. */
export interface Wrong {
  /** The input's name, or `forward`. */
  readonly input: string;
  readonly shape: readonly number[];
  readonly dtype: Node['dtype'];
  /** What was observed, and what is right. */
  readonly observed: Values;
  readonly right: Values;
  /** Numbers that jump with the rounding, at a kink: what was observed there tells nothing. */
  readonly skipped: ReadonlySet<number>;
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

/** A named mistake that reproduces what was observed. */
export interface Cause extends Words {
  /** What is left of the error when it is taken away, relative to the scale. */
  readonly residual: number;
  /** The changes of the graph under test that were made for it; none where the mistake was found in the right value. */
  readonly repair: readonly Mistake[];
}

/** Arithmetic operations that a search may take: for single changes, and again for pairs of them. */
const searchWork = 4e9;
/** Parts of a gradient up to this size, relative to its rms, are rounding in float64. */
const vanishing = 1e-12;
/** Single changes that are combined in pairs, at most. */
const combined = 24;

/** The cause of a wrong value, or null where no named mistake reproduces it. */
export async function diagnose(wrong: Wrong, context: Context): Promise<Cause | null> {
  const factor = searchFactor(wrong, context);
  if (factor !== null) return factor;
  const repaired = wrong.observedNode === null ? null : await searchRepairs(wrong, wrong.observedNode, context);
  return repaired ?? searchMistakes(wrong, context);
}

/** The largest error over the scale: that of the right value, or of what is wanted where that is larger and so rounds more. */
function residualOf(values: Values, wanted: Values, { skipped, scale: least }: Wrong): number {
  let worst = 0;
  const scale = Math.max(least, rmsOf(wanted));
  for (let i = 0; i < wanted.length; i++) if (!skipped.has(i)) worst = Math.max(worst, distance(values[i]!, wanted[i]!) / scale);
  return worst;
}

/** Changes of the graph under test that make it right: one, or two at once. */
async function searchRepairs(wrong: Wrong, node: Node, context: Context): Promise<Cause | null> {
  const evaluator = context.replay.evaluator([node], []);
  const mistakes = mistakesIn(evaluator, context).filter(({ node: at }) => wrong.input === 'forward' || !context.forward.has(at));
  const tried: { readonly mistake: Mistake; readonly values: Values }[] = [];
  let best: (Cause & { readonly repair: readonly [Mistake] }) | null = null;
  for (const mistake of within(mistakes, evaluator)) {
    const values = whatIf(evaluator, [mistake]);
    const residual = residualOf(values, wrong.right, wrong);
    tried.push({ mistake, values });
    if (residual <= wrong.tolerance && (best === null || better(residual, mistake, best.residual, best.repair[0])))
      best = { ...mistake.asRepair, residual, repair: [mistake] };
    await context.pace.step();
  }
  if (best !== null) return best;
  const changing = tried.map(({ mistake }) => mistake).filter(({ edit }) => edit !== undefined);
  for (const [a, b] of within(pairsOf(changing.slice(0, combined)), evaluator)) {
    const residual = residualOf(whatIf(evaluator, [a, b]), wrong.right, wrong);
    if (residual <= wrong.tolerance) return { ...both(a.asRepair, b.asRepair), residual, repair: [a, b] };
    await context.pace.step();
  }
  // A change, and a factor that is wrong as well.
  for (const { mistake, values } of tried) {
    const factor = factorOf(values, wrong.right, wrong.skipped);
    const residual = residualOf(
      values.map((value) => value / factor),
      wrong.right,
      wrong,
    );
    if (Number.isFinite(factor) && factor !== 0 && residual <= wrong.tolerance)
      return { ...both(mistake.asRepair, scaleWords(factor, context.sizes)), residual, repair: [mistake] };
  }
  return null;
}

/** Pairs of changes that can be made at once. */
function pairsOf(mistakes: readonly Mistake[]): (readonly [Mistake, Mistake])[] {
  return mistakes.flatMap((a, i) => mistakes.slice(i + 1).flatMap((b) => (a.node === b.node ? [] : [[a, b] as const])));
}

/** Two mistakes in words. */
function both(a: Words, b: Words): Words {
  return { name: `${a.name}, and ${b.name}`, change: `${a.change} ${b.change}` };
}

/** Equal ones are told apart by whether they can be written as an edit, and of what. */
function better(residual: number, mistake: Mistake, least: number, best: Mistake): boolean {
  const plain = ({ edit, asRepair }: Mistake): boolean => edit !== undefined && !asRepair.name.includes('the product');
  const alike = residual <= 10 * least + 1e-12 && least <= 10 * residual + 1e-12;
  return alike ? plain(mistake) && !plain(best) : residual < least;
}

/** The right value, but for a factor. */
function searchFactor(wrong: Wrong, { sizes }: Context): Cause | null {
  const { observed, right, skipped, tolerance } = wrong;
  const factor = factorOf(observed, right, skipped);
  const residual = residualOf(
    right.map((value) => value * factor),
    observed,
    wrong,
  );
  return residual <= tolerance ? { ...scaleWords(factor, sizes), residual, repair: [] } : null;
}

/** Mistakes that make of the right value what was observed. */
async function searchMistakes(wrong: Wrong, context: Context): Promise<Cause | null> {
  const { observed, right, skipped, shape, dtype, tolerance } = wrong;
  const variants: (Words & { readonly values: Values })[] = resultMistakes(right, shape, dtype);
  if (wrong.rightNode !== null) {
    const evaluator = context.replay.evaluator([wrong.rightNode], []);
    const tried: { readonly mistake: Mistake; readonly values: Values }[] = [];
    for (const mistake of within(mistakesIn(evaluator, context), evaluator)) {
      tried.push({ mistake, values: whatIf(evaluator, [mistake]) });
      await context.pace.step();
    }
    variants.push(...tried.map(({ mistake, values }) => ({ ...mistake.asMistake, values })));
    // Whoever leaves out a part of the gradient that vanishes is right to; it would not vanish where another part is missing.
    const parts = tried.filter(({ mistake }) => mistake.node.operation.name === 'add');
    const idle = parts.filter(({ values }) => residualOf(values, right, wrong) <= vanishing).map(({ mistake }) => mistake);
    if (idle.length > 0)
      for (const { mistake } of parts.filter(({ mistake: { node } }) => idle.every((part) => part.node !== node)))
        variants.push({ ...mistake.asMistake, values: whatIf(evaluator, [...idle, mistake]) });
  }
  const candidates = variants
    .map(({ name, change, values }): Cause => ({ name, change, residual: residualOf(values, observed, wrong), repair: [] }))
    .filter(({ residual }) => residual <= tolerance);
  if (candidates.length === 0) {
    for (const { name, change, values } of variants) {
      const by = factorOf(observed, values, skipped);
      const residual = residualOf(
        values.map((value) => value * by),
        observed,
        wrong,
      );
      if (!Number.isFinite(by) || by === 0 || residual > tolerance) continue;
      candidates.push({ ...both({ name, change }, scaleWords(by, context.sizes)), residual, repair: [] });
    }
  }
  return candidates.reduce<Cause | null>((best, one) => (best === null || one.residual < best.residual / 4 ? one : best), null);
}

/** All mistakes of a graph, those of its last operations first. */
function mistakesIn(evaluator: Evaluator, { label, isGradient }: Context): Mistake[] {
  return [...evaluator.all].reverse().flatMap((node) => mistakesAt(node, label, isGradient));
}

/** As many changes as the search may look at. */
function within<T>(changes: readonly T[], evaluator: Evaluator): readonly T[] {
  return changes.slice(0, Math.max(20, Math.floor(searchWork / workOf(evaluator.all))));
}

function whatIf(evaluator: Evaluator, mistakes: readonly Mistake[]): Values {
  return evaluator.whatIf(overridesOf(mistakes))[0] as Values;
}
