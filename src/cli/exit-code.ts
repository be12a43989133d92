// How the command line ends.

/** Exit codes of the command line. */
export const exitCode = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;
