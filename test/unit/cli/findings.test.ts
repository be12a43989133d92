import { expect } from 'chai';
import type { CellEnd } from '../../../src/cli/execute.js';
import type { Finding } from '../../../src/cli/findings.js';
import { findingsOf, isDue, judged } from '../../../src/cli/findings.js';
import type { RunnableCell } from '../../../src/cli/notebook-file.js';
import type { CellOutput } from '../../../src/kernel/index.js';
import { GRADCHECK_MIME } from '../../../src/protocol/gradcheck.js';
import { fakeReport } from './fake-library.js';

const call = 'await pv.gradcheck(f, [x])';

function cell(source: string, tags?: unknown): RunnableCell {
  const metadata = tags === undefined ? {} : { tags };
  return { cell: { type: 'code', source, outputs: [], executionCount: null, rest: { metadata } }, index: 4, number: 3, title: source };
}

function shows(value: unknown, text?: string): CellOutput {
  return {
    output_type: 'display_data',
    data: { [GRADCHECK_MIME]: value, ...(text === undefined ? {} : { 'text/plain': text }) },
    metadata: {},
  };
}

/** What a cell that ended in 6 s has to say. */
function said(of: RunnableCell, made: number, outputs: CellOutput[], status: CellEnd['status'] = 'ok'): Finding[] {
  return findingsOf(of, { status, executionCount: 1, outputs, seconds: 6 }, made);
}

describe('what a cell’s gradient checks came to', () => {
  it('is each report that it shows, in order, with the cause and the change where gradients disagree', () => {
    const found = said(cell(call), 2, [
      { output_type: 'stream', name: 'stdout', text: 'words' },
      shows(fakeReport(true), 'the report'),
      shows(fakeReport(false)),
    ]);
    const cause = 'dw: conjugate missing on Ĝ: Put .conj() behind G.';
    expect(found).to.deep.equal([
      { cell: 3, outcome: 'agrees', type: 'Agreement', message: 'dw agrees to 3·10⁻⁷', details: 'the report', seconds: 3 },
      {
        cell: 3,
        outcome: 'disagrees',
        type: 'Disagreement',
        message: `dw disagrees by 0.4 — ${cause}`,
        details: `dw disagrees by 0.4\n${cause}`,
        seconds: 3,
      },
    ]);
  });

  it('names a cause once that the verdict names, too', () => {
    const report = { ...fakeReport(false), verdict: 'dw: conjugate missing on Ĝ' };
    expect(said(cell(call), 1, [shows(report)])[0]?.message).to.equal('dw: conjugate missing on Ĝ — dw: Put .conj() behind G.');
  });

  it('says that a cause is one of the forward values', () => {
    const [diagnosis] = fakeReport(false).diagnosis;
    if (!diagnosis) throw new Error('a wrong report has a cause');
    const report = { ...fakeReport(false), verdict: 'wrong', diagnosis: [{ ...diagnosis, input: 'forward' }, diagnosis] };
    const [change, hypothesis] = [diagnosis.change, diagnosis.hypothesis];
    expect(said(cell(call), 1, [shows(report)])[0]?.message).to.equal(
      `wrong — the forward values: ${hypothesis}: ${change} — dw: ${hypothesis}: ${change}`,
    );
  });

  it('is one where a report is displayed and the value of the cell, so that another check beside it is missed', () => {
    const value: CellOutput = {
      output_type: 'execute_result',
      execution_count: 1,
      data: { [GRADCHECK_MIME]: fakeReport(true) },
      metadata: {},
    };
    expect(said(cell(call), 1, [shows(fakeReport(true)), value]).map(({ outcome }) => outcome)).to.deep.equal(['agrees']);
    const both = said(cell(call), 2, [shows(fakeReport(true)), value]);
    expect(both.map(({ outcome, type }) => [outcome, type])).to.deep.equal([
      ['agrees', 'Agreement'],
      ['error', 'NoReport'],
    ]);
    // Two checks that say the same are two.
    expect(said(cell(call), 2, [shows(fakeReport(true)), shows(fakeReport(true))])).to.have.length(2);
    expect(said(cell(call), 2, [shows(fakeReport(false)), value]).map(({ outcome }) => outcome)).to.deep.equal(['disagrees', 'agrees']);
  });

  it('is an error where a report cannot be read, with the place', () => {
    const report = { ...fakeReport(true), forward: { ok: true, maxError: '3', detectable: 0 } };
    expect(said(cell(call), 1, [shows(report)])[0]).to.deep.include({ outcome: 'error', type: 'UnreadableReport' });
    expect(said(cell(call), 1, [shows(report)])[0]?.message).to.match(
      /^shows a report that this version cannot read, at forward\.maxError: /,
    );
    expect(said(cell(call), 1, [shows('no object')])[0]?.message).to.match(/at its top: /);
  });

  it('is an error where checks are made and not shown', () => {
    expect(said(cell(call), 1, [])).to.have.length(1);
    expect(said(cell(call), 1, [])[0]).to.include({
      outcome: 'error',
      message: 'calls gradcheck, but shows no report; make the report the value of the cell, or pv.display it',
    });
    const some = said(cell(call), 3, [shows(fakeReport(true))]);
    expect(some.map(({ outcome }) => outcome)).to.deep.equal(['agrees', 'error']);
    expect(some[1]?.message).to.equal('makes 3 gradient checks, but shows 1 of their reports; pv.display each of them');
    // Also in a cell that calls it by another name.
    expect(said(cell('check()'), 1, [])[0]).to.include({ outcome: 'error' });
  });

  it('is an error where the tag promises a check that is not made', () => {
    expect(said(cell('1', ['gradcheck']), 0, [])[0]).to.include({
      outcome: 'error',
      message: 'has the tag gradcheck, but makes no check; call pv.gradcheck in it, or take the tag away',
    });
  });

  it('is the error of a cell that throws, behind the reports that it showed', () => {
    const error: CellOutput = {
      output_type: 'error',
      ename: 'TypeError',
      evalue: 'x is\n  wrong',
      traceback: ['TypeError: x is', 'at cell 3'],
    };
    const found = said(cell(call), 1, [shows(fakeReport(true)), error], 'error');
    expect(found.map(({ outcome, type, message, details }) => [outcome, type, message, details])).to.deep.equal([
      ['agrees', 'Agreement', 'dw agrees to 3·10⁻⁷', 'dw agrees to 3·10⁻⁷'],
      ['error', 'TypeError', 'TypeError: x is …', 'TypeError: x is\nat cell 3'],
    ]);
    expect(said(cell('1'), 0, [error], 'error')).to.deep.equal([]);
  });

  it('is nothing in cells that have nothing to do with gradients', () => {
    expect(said(cell('1'), 0, [{ output_type: 'display_data', data: { 'text/plain': 'x' }, metadata: {} }])).to.deep.equal([]);
  });

  it('is passed over in a cell that only defines it, where a later cell makes it, and an error elsewhere', () => {
    const [definition] = said(cell(`const check = async () => ${call}`), 0, []);
    if (!definition) throw new Error('nothing was found');
    expect(definition.outcome).to.equal('skipped');
    const check: Finding = { ...definition, cell: 5, outcome: 'disagrees' };
    expect(judged([definition, check])).to.deep.equal([definition, check]);
    expect(judged([definition])).to.deep.equal([{ ...definition, outcome: 'error' }]);
    expect(judged([{ ...check, cell: 2 }, definition])[1]?.outcome).to.equal('error');
  });
});

describe('cells where a gradient check is due', () => {
  it('are told by code and tags', () => {
    expect(isDue(cell(call))).to.equal(true);
    expect(isDue(cell('1', ['gradcheck']))).to.equal(true);
    expect(isDue(cell('1', 'gradcheck'))).to.equal(false);
    expect(isDue(cell('1'))).to.equal(false);
  });
});
