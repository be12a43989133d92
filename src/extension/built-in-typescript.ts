// Tells the plugin in the built-in TypeScript extension which notebooks are ours (see typescript-plugin/), so that nothing is said twice.
import * as vscode from 'vscode';
import { messageOf } from './host-error.js';
import type { Log } from './log.js';
import type { OurNotebooks } from './notebooks.js';

const builtIn = 'vscode.typescript-language-features';
const plugin = 'parseval-typescript-plugin';

/** The part of the built-in extension's API that is used here. */
interface TypeScriptApi {
  configurePlugin(plugin: string, configuration: { readonly notebooks: readonly string[] }): void;
}

/** Keeps the built-in extension quiet in our notebooks from now on. Where it is missing or disabled there is nothing to do. */
export function quietBuiltIn(notebooks: OurNotebooks, log: Log): vscode.Disposable {
  let told = '';
  const tell = async (): Promise<void> => {
    const paths = notebooks.all().map(({ uri }) => `/${uri.path}`.replace(/^\/+/, '/'));
    const state = paths.join('\n');
    if (state === told) return;
    told = state;
    const api = apiOf(await vscode.extensions.getExtension<unknown>(builtIn)?.activate());
    if (api) api.configurePlugin(plugin, { notebooks: paths });
    else log.info('The built-in TypeScript extension is not there; completions and hovers are ours alone.');
  };
  const tryToTell = (): void => {
    tell().catch((error: unknown) => {
      log.warn(`The built-in TypeScript extension could not be told of our notebooks: ${messageOf(error)}`);
    });
  };
  tryToTell();
  return notebooks.onDidChange(tryToTell);
}

function apiOf(exports: unknown): TypeScriptApi | undefined {
  const api = has(exports, 'getAPI') ? exports.getAPI(0) : undefined;
  return has(api, 'configurePlugin') ? api : undefined;
}

function has<Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, (...args: unknown[]) => unknown>> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function';
}
