// Draws the views of pv.show in a notebook. One renderer for all of them, so that they can be linked.

import { COMPARE_MIME } from '../../src/protocol/compare.js';
import { CONVOLUTION_MIME } from '../../src/protocol/convolution.js';
import { IMAGE_MIME } from '../../src/protocol/image.js';
import { KERNELS_MIME } from '../../src/protocol/kernels.js';
import { LIVE_MIME } from '../../src/protocol/live.js';
import { MATRIX_MIME } from '../../src/protocol/matrix.js';
import { PLOT_MIME } from '../../src/protocol/plot.js';
import { SPECTROGRAM_MIME } from '../../src/protocol/spectrogram.js';
import { SPECTRUM_MIME } from '../../src/protocol/spectrum.js';
import { TABLE_MIME } from '../../src/protocol/table.js';
import type { Messaging } from '../ui/kernel-link.js';
import { rendererOf, type Renderer } from '../ui/renderer.js';
import { compareView } from './compare/compare.js';
import { convolutionView } from './convolution/convolution.js';
import { imageView } from './image/image.js';
import { kernelsView } from './kernels/kernels.js';
import { liveView } from './live/live.js';
import { matrixView } from './matrix/matrix.js';
import { plotView } from './plot/plot.js';
import { spectrogramView } from './spectrogram/spectrogram.js';
import { spectrumView } from './spectrum/spectrum.js';
import { tableView } from './table/table.js';

/** Called once by VS Code. */
export function activate(context: Messaging): Renderer {
  return rendererOf(context, {
    [COMPARE_MIME]: compareView,
    [CONVOLUTION_MIME]: convolutionView,
    [IMAGE_MIME]: imageView,
    [KERNELS_MIME]: kernelsView,
    [LIVE_MIME]: liveView,
    [MATRIX_MIME]: matrixView,
    [PLOT_MIME]: plotView,
    [SPECTROGRAM_MIME]: spectrogramView,
    [SPECTRUM_MIME]: spectrumView,
    [TABLE_MIME]: tableView,
  });
}
