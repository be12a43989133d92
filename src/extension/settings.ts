// The settings under `parseval.`, read where they are used so that a change counts at once.
import * as vscode from 'vscode';
import type { DeviceSetting } from './device-order.js';

const section = 'parseval';

/** Where tensors of kernels that start now live. */
export function deviceSetting(notebook: vscode.Uri | undefined): DeviceSetting {
  return read<DeviceSetting>('device', notebook, ['auto', 'webview', 'node', 'cpu'], 'auto');
}

/** What a type error does when its cell is run. */
export function typeErrorsSetting(notebook: vscode.Uri | undefined): 'stop' | 'warn' {
  return read('typeErrors', notebook, ['stop', 'warn'], 'stop');
}

/** The Node that runs kernels; '' when none was set. */
export function nodePathSetting(): string {
  const value: unknown = vscode.workspace.getConfiguration(section).get('nodePath');
  return typeof value === 'string' ? value.trim() : '';
}

/** Bytes that recomputable results may take, or undefined for the library's own limit. */
export function memoryBudgetSetting(notebook: vscode.Uri | undefined): number | undefined {
  const value: unknown = vscode.workspace.getConfiguration(section, notebook).get('memoryBudget');
  return typeof value === 'number' && value > 0 ? Math.round(value) * 2 ** 20 : undefined;
}

/** Makes a device the one that kernels take from now on: for the workspace when it has a choice of its own, else for the user. */
export async function setDeviceSetting(notebook: vscode.Uri | undefined, device: DeviceSetting): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(section, notebook);
  const inWorkspace = configuration.inspect('device')?.workspaceValue !== undefined;
  await configuration.update('device', device, inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
}

/** settings.json may hold anything: what is not among the choices counts as the default, as in the settings editor. */
function read<T extends string>(name: string, scope: vscode.Uri | undefined, choices: readonly T[], otherwise: T): T {
  const value: unknown = vscode.workspace.getConfiguration(section, scope).get(name);
  return choices.find((choice) => choice === value) ?? otherwise;
}
