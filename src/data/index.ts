// pv.data: what networks learn from, and files of tensors.

export { loadSafetensors, saveSafetensors, type SavedTensors, type SaveOptions } from './safetensors.js';
export type { PlaceOptions } from './numbers.js';
export { loadNpy, loadNpz, saveNpy } from './npy.js';
export { loadIdx, mnist, type MnistOptions } from './mnist.js';
export { svhn, type SvhnOptions } from './svhn.js';
export { cifar10, type Cifar10Options } from './cifar10.js';
export type { BothParts, ImageDataset, ImageOptions, LabelledImages, OnePart } from './labelled.js';
export type { OfficialOptions } from './official.js';
export { imageFolder, type ImageFolderOptions } from './image-folder.js';
export { batches, type Batch, type Batches, type BatchOptions } from './batches.js';
export { digits, type DigitsOptions } from './digits.js';
