// One layer of a Fourier neural operator.

import * as pv from '../../src/index.js';

/** A spectral convolution and, beside it, a matrix over channels at each pixel, added: all frequencies get through, the lowest by a matrix each (Li et al. 2020). */
export class FourierLayer extends pv.nn.Module {
  readonly spectral: pv.nn.FourierOperatorConv2d;
  readonly pointwise: pv.nn.Conv2d;

  constructor(inChannels: number, outChannels: number, modes: number, seed: number) {
    super();
    this.spectral = new pv.nn.FourierOperatorConv2d(inChannels, outChannels, modes, { seed });
    this.pointwise = new pv.nn.Conv2d(inChannels, outChannels, 1, { seed: seed + 2 });
  }

  override forward(x: pv.Tensor): pv.Tensor {
    return this.spectral.forward(x).add(this.pointwise.forward(x));
  }
}
