// Draws `application/vnd.parseval.gradcheck.v1+json` in a notebook: a gradient check's report to look into.

import { GRADCHECK_MIME } from '../../src/protocol/gradcheck.js';
import type { Messaging } from '../ui/kernel-link.js';
import { rendererOf, type Renderer } from '../ui/renderer.js';
import { decodeReport } from './gradcheck-decode.js';
import styles from './gradcheck.css';
import { showReport } from './gradcheck-view.js';

/** Called once by VS Code. */
export function activate(context: Messaging): Renderer {
  return rendererOf(context, {
    [GRADCHECK_MIME]: {
      what: 'gradient check',
      styles,
      open: (json, { root, ink, signal, onTheme }) => {
        const report = decodeReport(json);
        root.classList.add('report');
        onTheme(showReport(root, report, ink, signal));
      },
    },
  });
}
