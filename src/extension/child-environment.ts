// The environment of the processes that the extension starts.

/** The extension's own environment without what VS Code says to its own processes: a child is none of them. */
export function childEnvironment(own: NodeJS.ProcessEnv, additions: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !/^(VSCODE|ELECTRON)_/.test(name));
  return { ...Object.fromEntries(kept), ...additions };
}
