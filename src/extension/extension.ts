// The extension's beginning and end. All of VS Code's API is behind the files of this folder; mathematics is in the kernel's process.
import type * as vscode from 'vscode';
import { quietBuiltIn } from './built-in-typescript.js';
import { CheckDiscovery } from './check-discovery.js';
import { offerFixes } from './check-fixes.js';
import { showCheckStatus } from './check-status-items.js';
import { CheckTests } from './check-tests.js';
import { registerCommands } from './commands.js';
import { DevicePanel } from './device-panel.js';
import { showDiagnostics } from './diagnostics.js';
import { GradientChecks } from './gradient-checks.js';
import { followSelection } from './inspect.js';
import { createController, Kernels } from './kernels.js';
import type { KernelStatus } from './kernel-status.js';
import { Language } from './language.js';
import { registerLanguageFeatures } from './language-features.js';
import { Log } from './log.js';
import { nodeFinder } from './node-finder.js';
import { OurNotebooks } from './notebooks.js';
import { showStatusBar } from './status-bar.js';
import { openBehind } from './tour.js';
import { ValueView } from './value-view.js';
import { connectViews } from './view-messages.js';
import { showVariables } from './variables-view.js';

/** What `activate` returns: the state behind the views, to read it in tests of the whole. Nothing can be changed through it. */
export interface ParsevalExports {
  /** What is known of a notebook's kernel. */
  kernel(notebook: vscode.NotebookDocument): KernelStatus;
  /** Whether the device panel can be seen, and what it said of the GPU. */
  panel(): { readonly state: DevicePanel['state']; readonly adapter: DevicePanel['adapter'] };
  /** The last errors and warnings of the log. */
  lastErrors(): readonly string[];
}

/** Called by VS Code once, when a notebook is opened or a view or command of ours is used. */
export function activate(context: vscode.ExtensionContext): ParsevalExports {
  const extension = context.extensionUri;
  const log = new Log();
  const chooseNode = nodeFinder();
  const controller = createController();
  const notebooks = new OurNotebooks(controller);
  const panel = new DevicePanel(extension, log);
  const language = new Language({ extension, log, chooseNode });
  const kernels = new Kernels({ extension, extensionId: context.extension.id, controller, panel, language, log, chooseNode });
  const checks = new GradientChecks(notebooks, kernels, language, log);
  const discovery = new CheckDiscovery(log);
  const open = (uri: vscode.Uri): Promise<vscode.NotebookDocument> => openBehind(uri, context.extension.id, notebooks);
  const tests = new CheckTests({ notebooks, kernels, checks, discovery, open });
  const variables = showVariables(notebooks, kernels);
  context.subscriptions.push(
    showStatusBar(notebooks, kernels),
    showDiagnostics(notebooks, language, log),
    followSelection(variables.view, new ValueView(), notebooks, kernels),
    quietBuiltIn(notebooks, log),
    registerLanguageFeatures(notebooks, language, kernels, log),
    showCheckStatus(notebooks, checks, (cell) => tests.testOf(cell)),
    connectViews(kernels, context.workspaceState, log),
    offerFixes(checks, language, log),
    registerCommands({ context, notebooks, kernels, panel, language, tests, log, chooseNode }),
    variables.disposable,
    // VS Code ends them in this order: first what uses, then what is used.
    tests,
    discovery,
    checks,
    kernels,
    language,
    panel,
    notebooks,
    controller,
    log,
  );
  return {
    kernel: (notebook) => kernels.status(notebook),
    panel: () => ({ state: panel.state, adapter: panel.adapter }),
    lastErrors: () => log.lastErrors,
  };
}
