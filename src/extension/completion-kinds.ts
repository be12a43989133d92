// TypeScript's kinds of things in the editor's terms. Names only: nothing of the editor.

/** The name of the editor's `CompletionItemKind` for a `ScriptElementKind` of TypeScript. */
export function completionKind(kind: string) {
  switch (kind) {
    case 'primitive type':
    case 'keyword':
      return 'Keyword';
    case 'const':
    case 'let':
    case 'var':
    case 'using':
    case 'await using':
    case 'local var':
    case 'alias':
    case 'parameter':
      return kind === 'const' ? 'Constant' : 'Variable';
    case 'property':
    case 'getter':
    case 'setter':
    case 'accessor':
      return 'Property';
    case 'function':
    case 'local function':
      return 'Function';
    case 'method':
    case 'construct':
    case 'call':
    case 'index':
      return 'Method';
    case 'constructor':
      return 'Constructor';
    case 'enum':
      return 'Enum';
    case 'enum member':
      return 'EnumMember';
    case 'module':
    case 'external module name':
      return 'Module';
    case 'class':
    case 'local class':
    case 'type':
      return 'Class';
    case 'type parameter':
      return 'TypeParameter';
    case 'interface':
      return 'Interface';
    case 'warning':
    case 'string':
      return 'Constant';
    case 'script':
      return 'File';
    case 'directory':
      return 'Folder';
    default:
      return 'Property';
  }
}
