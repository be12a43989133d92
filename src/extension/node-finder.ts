// Finds the Node for kernels once, and again when what decides it has changed.
import { chooseNode } from './node-choice.js';
import type { NodeChoice } from './node-choice.js';
import { nodePathSetting } from './settings.js';

/** Returns a function that chooses the Node by the settings as they are. What was chosen is kept: asking a program its version takes a moment. */
export function nodeFinder(): () => Promise<NodeChoice> {
  let known: { readonly key: string; readonly choice: Promise<NodeChoice> } | undefined;
  return () => {
    const configured = nodePathSetting();
    const searchPath = process.env.PATH ?? '';
    const key = `${configured}\n${searchPath}`;
    if (known?.key === key) return known.choice;
    const { node: version, electron } = process.versions;
    const choice = chooseNode(configured, searchPath, { path: process.execPath, version, electron });
    const entry = { key, choice };
    known = entry;
    choice.catch(() => {
      if (known === entry) known = undefined;
    });
    return choice;
  };
}
