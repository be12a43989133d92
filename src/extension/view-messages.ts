// Between the views under cells and the kernel of their notebook: what views ask for, and what is new for them. And what people chose in
// views, kept for when they are shown again.
import * as v from 'valibot';
import * as vscode from 'vscode';
import { fromRenderer, type ToRenderer } from '../protocol/views.js';
import { messageOf } from './host-error.js';
import type { Kernels } from './kernels.js';
import type { Log } from './log.js';

/** The id under which package.json contributes the views. */
export const viewsRenderer = 'parseval-views';

/** Under what the workspace's memory keeps what people chose; of how many views, and how much for each, in characters. */
const [memoryKey, mostStates, mostCharacters] = ['parseval.views', 300, 4096] as const;

/** Brings what views ask to their notebook's kernel, and the answers back. */
export function connectViews(kernels: Kernels, memory: vscode.Memento, log: Log): vscode.Disposable {
  const messaging = vscode.notebooks.createRendererMessaging(viewsRenderer);
  const post = (message: ToRenderer, editor?: vscode.NotebookEditor): void => {
    messaging
      .postMessage(message, editor)
      .then(undefined, (problem: unknown) => log.debug(`A view was not reached: ${messageOf(problem)}`));
  };
  return vscode.Disposable.from(
    messaging.onDidReceiveMessage(async ({ editor, message }) => {
      const given = v.safeParse(fromRenderer, message);
      if (!given.success) return log.warn(`Refused from a view: ${given.issues[0].message}`);
      const { output } = given;
      if (output.kind === 'hello') return post({ kind: 'kept', states: keptStates(memory) }, editor);
      if (output.kind === 'keep') return keepState(memory, output.key, output.state);
      const kernel = kernels.get(editor.notebook);
      if (output.kind === 'gone') return kernel?.viewGone(output.view);
      const { id, view, request } = output;
      try {
        if (!kernel) throw new Error('there is no kernel that holds these values: run the cell again');
        post({ kind: 'answer', id, result: await kernel.askView(view, request) }, editor);
      } catch (error) {
        post({ kind: 'refused', id, reason: messageOf(error) }, editor);
      }
    }),
    kernels.onDidPushView(({ view, data }) => post({ kind: 'push', view, data })),
  );
}

type KeptState = [key: string, state: unknown];

/** What people chose, the latest last. */
function keptStates(memory: vscode.Memento): KeptState[] {
  return memory.get<KeptState[]>(memoryKey, []);
}

async function keepState(memory: vscode.Memento, key: string, state: unknown): Promise<void> {
  if ((JSON.stringify(state) ?? '').length > mostCharacters) return;
  const others = keptStates(memory).filter(([known]) => known !== key);
  await memory.update(memoryKey, [...others, [key, state]].slice(-mostStates));
}
