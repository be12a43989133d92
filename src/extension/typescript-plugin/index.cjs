// Runs inside the built-in TypeScript extension's server and keeps it quiet in the cells of our notebooks. It sees one cell at a time, so a
// variable of another cell is `any` to it, and "never read" in its own; our language service answers instead. What only looks at syntax
// (colours, folding, formatting) stays with it. A plain script, because the server loads it as it is.

/** How the built-in extension's server names a cell: `^/vscode-notebook-cell/AUTHORITY/PATH#CELL`. */
const cellFile = /^\^\/vscode-notebook-cell\/(.*)#[^#]*$/;

/** The plugin, as `typescript.server.PluginModule` wants it. */
function init() {
  /** @type {readonly string[]} */
  let notebooks = [];
  /** @param {string} fileName */
  const isOurs = (fileName) => {
    const place = cellFile.exec(fileName)?.[1];
    return place !== undefined && notebooks.some((path) => place.endsWith(path));
  };
  return {
    /** @param {Pick<import('typescript').server.PluginCreateInfo, 'languageService'>} info */
    create({ languageService: service }) {
      /**
       * @template {readonly unknown[]} Rest, Result, Quiet
       * @param {(fileName: string, ...rest: Rest) => Result} ask
       * @param {Quiet} quiet
       * @returns {(fileName: string, ...rest: Rest) => Result | Quiet}
       */
      const unlessOurs =
        (ask, quiet) =>
        (fileName, ...rest) =>
          isOurs(fileName) ? quiet : ask.call(service, fileName, ...rest);
      return {
        ...service,
        getSyntacticDiagnostics: unlessOurs(service.getSyntacticDiagnostics, []),
        getSuggestionDiagnostics: unlessOurs(service.getSuggestionDiagnostics, []),
        getCompletionsAtPosition: unlessOurs(service.getCompletionsAtPosition, undefined),
        getCompletionEntryDetails: unlessOurs(service.getCompletionEntryDetails, undefined),
        getQuickInfoAtPosition: unlessOurs(service.getQuickInfoAtPosition, undefined),
        getSignatureHelpItems: unlessOurs(service.getSignatureHelpItems, undefined),
        getDefinitionAtPosition: unlessOurs(service.getDefinitionAtPosition, undefined),
        getDefinitionAndBoundSpan: unlessOurs(service.getDefinitionAndBoundSpan, undefined),
        getReferencesAtPosition: unlessOurs(service.getReferencesAtPosition, undefined),
        findReferences: unlessOurs(service.findReferences, undefined),
        getRenameInfo: unlessOurs(service.getRenameInfo, {
          canRename: false,
          localizedErrorMessage: 'This name cannot be changed here.',
        }),
      };
    },
    /** @param {{ readonly notebooks?: readonly string[] }} config the paths of our notebooks */
    onConfigurationChanged(config) {
      notebooks = config.notebooks ?? [];
    },
  };
}

module.exports = init;
