// The kernel: cells of TypeScript in, outputs of notebooks out. The compiler and the session know neither an editor nor a terminal; what
// hosts them (the command line, a kernel process) injects the library and shows the outputs.
export { compileCell, sourceMapOf } from './compiler.js';
export type { CompiledCell, CompileOptions } from './compiler.js';
export { NotebookError, parseNotebook, serializeNotebook, withCell, withoutOutputs } from './notebook.js';
export type { CodeCell, JsonObject, Notebook, NotebookCell, OtherCell } from './notebook.js';
export { append, replaceDisplay } from './outputs.js';
export type { CellOutput, DisplayOutput, ErrorOutput, ResultOutput, StreamOutput } from './outputs.js';
export { createSession } from './session.js';
export type { CellResult, Interrupts, KernelLibrary, RunOptions, Session, SessionOptions } from './session.js';
export { CellSyntaxError } from './syntax-error.js';
export type { CellPlace } from './syntax-error.js';
export { captureWrites } from './writes.js';
