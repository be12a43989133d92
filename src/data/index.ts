// pv.data: what networks learn from, and files of tensors.

export { loadSafetensors, saveSafetensors, type SavedTensors, type SaveOptions } from './safetensors.js';
export type { PlaceOptions } from './numbers.js';
export { loadNpy, loadNpz, saveNpy } from './npy.js';
