// The report as an object: data with words of its own.

import { DISPLAY, type MimeBundle } from '../tensor/displayable.js';
import { reportText, verdictOf } from './report-text.js';
import type { GradcheckReport } from './report.js';

/** What a check finds, without what follows from it. */
export type Findings = Omit<GradcheckReport, 'ok' | 'verdict' | 'toString'>;

type Show = (report: GradcheckReport) => MimeBundle | Promise<MimeBundle>;

let show: Show = (report) => ({ 'text/plain': String(report) });

/** Sets how reports are displayed: pictures are made in a room that this one does not know. */
export function showReports(how: Show): void {
  show = how;
}

/** The result of a gradient check. */
export class Report implements GradcheckReport {
  readonly ok: boolean;
  readonly verdict: string;
  readonly forward: GradcheckReport['forward'];
  readonly inputs: GradcheckReport['inputs'];
  readonly diagnosis: GradcheckReport['diagnosis'];
  readonly notes: GradcheckReport['notes'];
  readonly device: string;

  constructor(findings: Findings) {
    this.ok = findings.forward.ok && findings.inputs.every((input) => input.ok);
    this.forward = findings.forward;
    this.inputs = findings.inputs;
    this.diagnosis = findings.diagnosis;
    this.notes = findings.notes;
    this.device = findings.device;
    this.verdict = verdictOf(this);
  }

  /** The report in words, verdict first. */
  toString(): string {
    return reportText(this);
  }

  /** How it is displayed. */
  [DISPLAY](): MimeBundle | Promise<MimeBundle> {
    return show(this);
  }
}
