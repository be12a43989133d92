// Neural networks: functions, modules, and layers that are made of them.

export type { Cost } from './cost.js';
export * as functional from './functional.js';
export * as init from './init.js';
export { BatchNorm2d, Conv1d, Conv2d, ConvTranspose2d, Linear, type LayerOptions } from './layers.js';
export * as metrics from './metrics.js';
export { Module, Sequential } from './modules.js';
export { AvgPool2d, Dropout, Flatten, GELU, MaxPool2d, ReLU, Sigmoid, SiLU, Tanh } from './stateless.js';
export type { LayerSummary, Summary } from './summary.js';
export * from './spectral/index.js';
