// Neural networks: functions now; modules and spectral layers build on them.

export * as functional from './functional.js';
