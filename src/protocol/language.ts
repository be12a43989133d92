// Between a host (extension or command line) and the language service process, which knows the cells of open notebooks and TypeScript.
//
// Every cell is TypeScript of its own; names that other cells declare are in scope. In the editor a name means what the nearest cell above
// declares, else the nearest below. In a check before a run it means what the run before it that declared it last said.
import * as v from 'valibot';
import type { Contract } from './contract.js';
import { fixEdit } from './gradcheck.js';
import { count, errorOutput } from './schemas.js';

const notebook = v.string();
/** The host's own name of a cell: stable while its text changes. */
const cell = v.string();
/** Cells of JavaScript are not type-checked; their names are known all the same. */
const language = v.picklist(['typescript', 'javascript']);
/** Offsets in the cell's text, in UTF-16 units. */
const span = v.strictObject({ start: count, end: count });

const diagnostic = v.strictObject({
  span,
  severity: v.picklist(['error', 'warning', 'suggestion']),
  message: v.string(),
  /** TypeScript's number. */
  code: count,
  /** `unnecessary` text is shown faded, `deprecated` struck through. */
  tags: v.array(v.picklist(['unnecessary', 'deprecated'])),
});
/** Something wrong in a cell. */
export type CellDiagnostic = v.InferOutput<typeof diagnostic>;

const at = v.strictObject({ notebook, cell, offset: count });
const place = v.variant('in', [
  v.strictObject({ in: v.literal('cell'), cell, span }),
  /** `line` and `column` are those of the span's start, counted from 0. */
  v.strictObject({ in: v.literal('file'), path: v.string(), span, line: count, column: count }),
]);

/** What the language service understands. */
export const languageContract = {
  requests: {
    /** Type-checks a cell as it would run now, against what ran before; `number` is its number in the notebook, for the error. */
    check: {
      params: v.strictObject({ notebook, cell, number: count, code: v.string(), language }),
      /** The errors, and the output that shows them; null when there are none. */
      result: v.nullable(v.strictObject({ diagnostics: v.array(diagnostic), output: errorOutput })),
    },
    /** Everything to say about one cell as it stands in the editor. */
    diagnostics: { params: v.strictObject({ notebook, cell }), result: v.array(diagnostic) },
    completions: {
      params: v.strictObject({ ...at.entries, trigger: v.optional(v.string()) }),
      result: v.strictObject({
        isIncomplete: v.boolean(),
        items: v.array(
          v.strictObject({
            name: v.string(),
            /** TypeScript's ScriptElementKind. */
            kind: v.string(),
            sortText: v.string(),
            insertText: v.optional(v.string()),
            /** What the item replaces; the word at the cursor when not given. */
            replace: v.optional(span),
            commitCharacters: v.optional(v.array(v.string())),
            isDeprecated: v.boolean(),
          }),
        ),
      }),
    },
    /** Signature and documentation of one item of the last completions. */
    completionDetails: {
      params: v.strictObject({ ...at.entries, name: v.string() }),
      result: v.nullable(v.strictObject({ signature: v.string(), documentation: v.string() })),
    },
    hover: {
      params: at,
      result: v.nullable(
        v.strictObject({
          span,
          signature: v.string(),
          /** Markdown. */
          documentation: v.string(),
          /** The variable of the shared scope that the word names, if it is one. */
          variable: v.nullable(v.string()),
        }),
      ),
    },
    signature: {
      params: at,
      result: v.nullable(
        v.strictObject({
          active: count,
          activeParameter: count,
          signatures: v.array(
            v.strictObject({
              label: v.string(),
              documentation: v.string(),
              /** Range in `label` of each parameter. */
              parameters: v.array(v.strictObject({ start: count, end: count, documentation: v.string() })),
            }),
          ),
        }),
      ),
    },
    definition: { params: at, result: v.array(place) },
    references: { params: at, result: v.array(place) },
    /** Spans of the cells to replace by a new name; empty when the name cannot be changed. */
    rename: { params: at, result: v.array(v.strictObject({ cell, span, prefix: v.string(), suffix: v.string() })) },
    /** The cell and those whose names it uses, directly or by others, in no order; each with those whose names it uses itself. */
    dependencies: {
      params: v.strictObject({ notebook, cell }),
      result: v.array(v.strictObject({ cell, needs: v.array(cell) })),
    },
    /** How to change one tensor of the call at a place, as a gradient check proposes it (gradcheck.ts); null when that is not there. */
    mend: {
      params: v.strictObject({
        notebook,
        cell,
        /** Counted from 1, as in stacks. */
        line: count,
        column: count,
        operand: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)),
        edit: fixEdit,
      }),
      result: v.nullable(v.strictObject({ span, text: v.string(), replacement: v.string() })),
    },
  },
  events: {
    /** The code cells of a notebook from top to bottom, as they are now. The first time it opens the notebook. */
    cells: v.strictObject({
      notebook,
      /** Where imports start. */
      folder: v.string(),
      cells: v.array(v.strictObject({ cell, code: v.string(), language })),
    }),
    /** The cell ran with this code, to its end or not: its declarations count from now on. */
    ran: v.strictObject({ notebook, cell, code: v.string(), language }),
    /** A new kernel: nothing ran. */
    restarted: v.strictObject({ notebook }),
    /** The notebook goes on as `to`, with what ran; one that was known as `to` is forgotten. The event 'cells' comes next. */
    moved: v.strictObject({ notebook, to: notebook }),
    closed: v.strictObject({ notebook }),
  },
} as const satisfies Contract;

/** What the host understands: what changed by itself, such as a file that cells import. */
export const languageHostContract = {
  requests: {},
  events: {
    /** Diagnostics of these notebooks should be asked for again. */
    stale: v.strictObject({ notebooks: v.array(v.string()) }),
  },
} as const satisfies Contract;
