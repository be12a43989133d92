// All checks by name: those that mutants are looked for with, and those that must not fail.

import { clean } from './clean.js';
import { convolutions } from './convolutions.js';
import { layers, operations, transforms } from './operations.js';
import { sizesOf, type Subject } from './subject.js';

const forMutants = { ...convolutions, ...transforms, ...operations, ...layers };

/** The name of a check that runs the code of a mutant. */
export type SubjectName = keyof typeof forMutants;

/** The name of a check of a right function. */
export type CleanName = keyof typeof clean;

/** Names of the checks that run the code of mutants. */
export const subjectNames = Object.keys(forMutants) as readonly SubjectName[];

/** Names of the right functions. */
export const cleanNames = Object.keys(clean) as readonly CleanName[];

const named = { ...forMutants, ...clean };
if (Object.keys(named).length !== Object.keys(forMutants).length + cleanNames.length) throw new Error('two checks have one name');

/** A check; one seed draws its numbers, one its extents. */
export function makeSubject(name: SubjectName | CleanName, seed: number, extents: number): Subject {
  return named[name](seed, sizesOf(extents));
}
