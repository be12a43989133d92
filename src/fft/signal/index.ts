// Signals: windows, convolution, short-time transforms and power spectra. Names and conventions are SciPy's; those of stft are torch's.

export { getWindow, type WindowName, type WindowOption, type WindowOptions } from './windows.js';
export { convolve, correlate, fftconvolve, oaconvolve, type ConvolveMode, type ConvolveOptions } from './convolve.js';
export { istft, stft, type IstftOptions, type StftOptions } from './stft.js';
export { periodogram, spectrogram, welch, type PowerOptions, type PowerSpectrum, type SegmentOptions, type Spectrogram } from './power.js';
