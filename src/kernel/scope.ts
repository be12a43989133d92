// The one scope that all cells of a session share, and what a running cell is given.
import type { DeclarationKind } from './transpile.js';
import { unmangle } from './rewrite.js';

const none = Symbol('no value');

/** What a binding holds beside its value: whether it was declared, and how. */
type State = 'undeclared' | 'declared' | 'constant';

interface Saved {
  readonly kind: DeclarationKind | undefined;
  readonly value: unknown;
  readonly state: State;
  readonly imported: Imported | undefined;
}

interface Imported {
  readonly module: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly specifier: string;
}

/**
 * One variable of the shared scope. Redeclaration keeps the binding, so closures of earlier cells see the new value. A class with plain
 * fields, since loops over notebook variables pass through `v`.
 */
export class Binding {
  private value: unknown = none;
  private state: State = 'undeclared';
  private imported: Imported | undefined;
  private kind: DeclarationKind | undefined;

  constructor(private readonly name: string) {}

  /** The value, as a reference reads it. Throws ReferenceError before the declaration was reached, or when there is none. */
  get v(): unknown {
    return this.value !== none ? this.value : this.missing();
  }

  /** What an assignment sets. Throws TypeError for a constant. */
  set v(value: unknown) {
    if (this.state !== 'declared' || this.value === none) this.refuseAssignment();
    this.value = value;
  }

  /** What a declaration sets. */
  set i(value: unknown) {
    this.value = value;
    this.imported = undefined;
  }

  /** The value as `typeof` reads it: undefined where there is no declaration. */
  get t(): unknown {
    return this.state === 'undeclared' && !(this.name in globalThis) ? undefined : this.v;
  }

  get isDeclared(): boolean {
    return this.state !== 'undeclared';
  }

  /** The value that a cell gave it, without a look at modules; undefined where it has none, or comes from an import. */
  peek(): { readonly value: unknown } | undefined {
    return this.value === none || this.kind === 'import' ? undefined : { value: this.value };
  }

  /**
   * Makes the binding follow an export of a module. A name that the module does not export fails when it is read: it may be a type, which
   * only the type checker can tell.
   */
  from(module: Readonly<Record<string, unknown>>, name: string, specifier: string): void {
    // Node finds the names of a CommonJS module by a guess at its source; what it missed is in the default export.
    const { default: fallback } = module;
    const hasFallback = !(name in module) && isObject(fallback) && name in fallback;
    this.value = none;
    this.imported = { module: hasFallback ? fallback : module, name, specifier };
  }

  /** Starts a declaration: from here to its first value the binding cannot be read. Returns what `restore` takes. */
  declare(kind: DeclarationKind): Saved {
    const saved = { kind: this.kind, value: this.value, state: this.state, imported: this.imported };
    this.kind = kind;
    this.state = kind === 'const' || kind === 'import' || kind.endsWith('using') ? 'constant' : 'declared';
    if (kind === 'enum' || kind === 'namespace') this.value = undefined;
    else if (kind === 'var') this.value = saved.state === 'undeclared' ? undefined : this.current();
    else this.value = none;
    this.imported = undefined;
    return saved;
  }

  /** Undoes a declaration that the cell never reached; does nothing when it was. */
  restore(saved: Saved): void {
    if (this.value !== none || this.imported) return;
    Object.assign(this, saved);
  }

  private current(): unknown {
    return this.imported && this.imported.name in this.imported.module ? this.imported.module[this.imported.name] : this.value;
  }

  private missing(): unknown {
    if (this.imported) {
      const { module, name, specifier } = this.imported;
      if (name in module) return module[name];
      const message = `'${specifier}' does not export '${name}'; it exports ${list(Object.keys(module))}`;
      throw new SyntaxError(message);
    }
    if (this.state !== 'undeclared') {
      throw new ReferenceError(`Cannot access '${this.name}' before initialization`);
    }
    const globals: Readonly<Record<string, unknown>> = globalThis;
    if (this.name in globals) return globals[this.name];
    throw new ReferenceError(`${this.name} is not defined`);
  }

  private refuseAssignment(): void {
    if (this.state === 'undeclared') throw new ReferenceError(`${this.name} is not defined`);
    if (this.value === none && !this.imported) {
      throw new ReferenceError(`Cannot access '${this.name}' before initialization`);
    }
    throw new TypeError(`Assignment to constant variable '${this.name}'.`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown}, … (${names.length} names)` : shown || 'nothing';
}

/** The variables of all cells, by name. */
export class SharedScope {
  private readonly bindings = new Map<string, Binding>();
  private readonly builtIn = new Set<string>();

  binding(name: string): Binding {
    let binding = this.bindings.get(name);
    if (!binding) this.bindings.set(name, (binding = new Binding(name)));
    return binding;
  }

  /** Whether a cell, or the session, declared the name. */
  has(name: string): boolean {
    return this.bindings.get(name)?.isDeclared ?? false;
  }

  /** The names that cells declared. */
  names(): string[] {
    return [...this.bindings.keys()].filter((name) => this.has(name) && !this.builtIn.has(name));
  }

  /** What cells declared and gave a value, imports apart, in the order of their first declaration. */
  variables(): [name: string, value: unknown][] {
    return this.names().flatMap((name) => {
      const found = this.bindings.get(name)?.peek();
      return found ? [[name, found.value] as [string, unknown]] : [];
    });
  }

  /** Gives the cells a name that is not theirs, such as `console`. A cell may redeclare it. */
  provide(name: string, value: unknown): void {
    const binding = this.binding(name);
    binding.declare('let');
    binding.i = value;
    this.builtIn.add(name);
  }

  /**
   * Starts the declarations of a cell. To be called before its function; the function that it returns is to be called after it: names whose
   * declarations were never reached have their earlier values back.
   */
  begin(declarations: ReadonlyMap<string, DeclarationKind>): () => void {
    const undo = [...declarations].map(([name, kind]) => {
      const binding = this.binding(name);
      const saved = binding.declare(kind);
      const wasBuiltIn = this.builtIn.delete(name);
      return () => {
        binding.restore(saved);
        if (wasBuiltIn && !binding.isDeclared) this.builtIn.add(name);
      };
    });
    return () => undo.forEach((restore) => restore());
  }
}

/** What the code of a cell calls; the compiler names it `$$`. */
export interface Runtime {
  binding(name: string): Binding;
  import(specifier: string): Promise<Readonly<Record<string, unknown>>>;
  /** `import.meta` of a cell. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Registers a resource of a `using` declaration for the end of the cell, and returns it. */
  use<T>(resource: T, isAsync: boolean): T;
  /** Called with what a `catch` clause of the cell caught, where it has a name for it. Throws when the cell was interrupted. */
  caught(error?: unknown): void;
  /** The number of the `await` that the cell came to last. */
  at: number;
  /** Called with the value of each `await`. Throws when the cell was interrupted meanwhile. */
  resume<T>(value: T): T;
}

/** Makes the message of a caught error speak of variables as the cell spells them. */
export function cleanMessage(error: unknown): void {
  if (!(error instanceof TypeError)) return;
  const message = unmangle(error.message);
  if (message !== error.message) error.message = message;
}
