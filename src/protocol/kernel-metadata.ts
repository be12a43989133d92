// What a notebook file says of the kernel that runs it.

/** The part of a notebook's metadata that names this kernel and its language. */
export const kernelMetadata = {
  kernelspec: { display_name: 'Parseval (TypeScript)', language: 'typescript', name: 'parseval' },
  language_info: { file_extension: '.ts', mimetype: 'text/x-typescript', name: 'typescript' },
} as const;
