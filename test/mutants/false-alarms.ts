// Checks of right functions with random numbers and extents: none may fail.

import type { Answer, Question } from './check.js';
import { Checker, inParallel } from './processes.js';
import type { CleanResult } from './results.js';
import { mutants } from './list/index.js';
import { cleanNames, subjectNames, type CleanName, type SubjectName } from './subjects/index.js';

/** Seeds of each function; those from `onNode` on run on the device, whose kernels take long to compile, on few extents. */
const seeds = 20;
const onNode = 14;
const extentsOnNode = 2;

/** Functions that run as they are only on a device: all of their seeds go there. */
const needsDevice = /^conv (direct|im2col|fft|by tiles)/;

/** Right functions at all seeds, and what mutants are looked for with at the seed where they are. */
function questionsOf(subject: CleanName | SubjectName): Question[] {
  if (isForMutants(subject)) {
    const devices = new Set(mutants.filter((mutant) => mutant.subject === subject).map(({ device }) => device));
    return [...devices].map((device): Question => ({ subject, device, seed: 1, extents: 1, mutant: null }));
  }
  const first = needsDevice.test(subject) ? 0 : onNode;
  return Array.from({ length: seeds }, (_, seed): Question => {
    const device = seed < first ? 'cpu' : 'node';
    const extents = device === 'cpu' ? seed : first + ((seed - first) % extentsOnNode);
    return { subject, device, seed, extents, mutant: null };
  });
}

const isForMutants = (name: CleanName | SubjectName): name is SubjectName => subjectNames.some((other) => other === name);

/** What changes the process that it runs in: it has one of its own. */
const isAlone = (name: CleanName | SubjectName): boolean => name === 'conv fft in pieces';

/** Makes all checks, `width` at a time; `say` is told of each function. */
export async function falseAlarms(width: number, say: (line: string) => void): Promise<CleanResult> {
  const checkers = Array.from({ length: width }, () => new Checker());
  const all: { readonly question: Question; readonly answer: Answer }[] = [];
  const names = [...cleanNames, ...subjectNames];
  const renew = (worker: number): void => {
    checkers[worker]?.stop();
    checkers[worker] = new Checker();
  };
  await inParallel(names, width, async (subject, worker) => {
    const started = performance.now();
    const answers: Answer[] = [];
    if (isAlone(subject)) renew(worker);
    for (const question of questionsOf(subject)) {
      const answer = await (checkers[worker] as Checker).ask(question);
      answers.push(answer);
      all.push({ question, answer });
      if ('failed' in answer || isAlone(subject)) renew(worker);
    }
    const wrong = answers.filter((answer) => 'failed' in answer || !answer.finding.ok).length;
    say(
      `${wrong === 0 ? '✔' : '✘'} ${subject}: ${wrong} of ${answers.length} fail, ${((performance.now() - started) / 1000).toFixed(0)} s`,
    );
  });
  for (const checker of checkers) checker.stop();
  const alarms = all.flatMap(({ question: { subject, device, seed }, answer }) => {
    const text = 'failed' in answer ? answer.failed : answer.finding.ok ? null : answer.finding.text;
    return text === null ? [] : [{ subject, device, seed, text }];
  });
  const largest = all.reduce<CleanResult['largest']>(
    (most, { question: { subject, device, seed }, answer }) =>
      'finding' in answer && answer.finding.ok && answer.finding.ratio > most.ratio
        ? { ratio: answer.finding.ratio, subject, device, seed }
        : most,
    { ratio: 0, subject: '', device: '', seed: 0 },
  );
  const count = (device: string): number => all.filter(({ question }) => question.device === device).length;
  return { checks: all.length, functions: names.length, onCpu: count('cpu'), onNode: count('node'), largest, alarms };
}
