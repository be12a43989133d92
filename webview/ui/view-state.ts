// What people chose in a view, to be found again when its notebook is opened again: kept by VS Code for the renderer, by what the view shows.

/** Where VS Code keeps a renderer's state. */
export interface StateStore {
  readonly getState?: () => unknown;
  readonly setState?: (state: unknown) => void;
}

/** Outputs whose state is kept: those that were changed last. */
const most = 100;

/** What was saved for the output of this data; undefined where nothing was. */
export function loadState(store: StateStore, json: unknown): unknown {
  return entriesOf(store).find(([key]) => key === keyOf(json))?.[1];
}

/** Saves JSON for the output of this data. */
export function saveState(store: StateStore, json: unknown, state: unknown): void {
  const key = keyOf(json);
  const others = entriesOf(store).filter(([known]) => known !== key);
  store.setState?.([...others, [key, state]].slice(-most));
}

function entriesOf({ getState }: StateStore): (readonly [key: string, state: unknown])[] {
  const given = getState?.();
  if (!Array.isArray(given)) return [];
  return given.filter((entry): entry is [string, unknown] => Array.isArray(entry) && typeof entry[0] === 'string');
}

const keys = new WeakMap<object, string>();

/** The same for the same data, whenever it is shown: FNV-1a over its text. */
function keyOf(json: unknown): string {
  const isObject = typeof json === 'object' && json !== null;
  const known = isObject ? keys.get(json) : undefined;
  if (known !== undefined) return known;
  const text = JSON.stringify(json);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  const key = `${text.length}-${(hash >>> 0).toString(36)}`;
  if (isObject) keys.set(json, key);
  return key;
}
