// Neural networks: functions, modules, and layers that are made of them.

export * as functional from './functional.js';
export { BatchNorm2d, Conv2d, Flatten, Linear, ReLU, type LayerOptions } from './layers.js';
export { Module, Sequential } from './modules.js';
export * from './spectral/index.js';
