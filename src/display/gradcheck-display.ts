// How a gradient check's report shows itself: as data for the renderer, as a picture, and in words.
import type { GradcheckReport } from '../gradcheck/report.js';
import { GRADCHECK_MIME } from '../protocol/gradcheck.js';
import { figureBundle } from './bundle.js';
import { gradcheckData } from './gradcheck-data.js';
import { drawGradcheck } from './gradcheck-figure.js';
import type { MimeBundle } from './sink.js';

/** The forms of a report, together at most 300 KB. */
export function bundleOfReport(report: GradcheckReport): Promise<MimeBundle> {
  const data = { mime: GRADCHECK_MIME, value: gradcheckData(report) };
  return figureBundle((maxCells) => ({ ...drawGradcheck(report, maxCells), data }));
}
