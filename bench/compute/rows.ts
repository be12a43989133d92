// The rows of the bench: which workloads, which peers, and where we must be.

import type { Algorithm } from '../../src/nn/conv-operation.js';
import type { PeerName } from './peers.js';
import { usualPeers } from './peers.js';
import type { Target } from './targets.js';
import type { ChainStep, Conv, Shape4, Workload } from './workload.js';

/** One workload on all contestants. */
export interface Contest {
  /** What tells it from others of its row; empty where it is alone. */
  readonly name: string;
  readonly workload: Workload;
  readonly targets: readonly Target[];
  /** What a peer is known to get wrong in it: its time counts nevertheless, and its fault is named. */
  readonly faults: Readonly<Partial<Record<PeerName, string>>>;
}

/** A row of the bench. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly peers: readonly PeerName[];
  /** Without peers in a quick run. */
  readonly isHeavy: boolean;
  /** Ways of ours to compare with `auto`. */
  readonly algorithms: readonly Algorithm[];
  readonly contests: readonly Contest[];
}

/** How a convolution can be computed, other than `auto`. */
const algorithms = ['direct', 'im2col', 'fft', 'fft-tiled'] as const satisfies readonly Algorithm[];

/** Software adapters take batches of 2 for the layers, GPUs those of the literature. */
export const isSoftware = /llvmpipe|swiftshader/i.test(process.env.PARSEVAL_ADAPTER ?? '');
const layerBatch = isSoftware ? 2 : 128;

/** No convolution of ours errs by more: sums of up to 10⁵ products in float32. */
const convError: Target = { kind: 'error', most: 3e-6 };

interface RowOptions {
  readonly peers?: readonly PeerName[];
  readonly isHeavy?: boolean;
  readonly algorithms?: readonly Algorithm[];
}

function row(id: string, title: string, contests: Contest | readonly Contest[], options: RowOptions = {}): Row {
  const { peers = usualPeers, isHeavy = false, algorithms = [] } = options;
  return { id, title, peers, isHeavy, algorithms, contests: 'workload' in contests ? [contests] : contests };
}

function contest(workload: Workload, targets: readonly Target[], { name = '', faults = {} }: Partial<Contest> = {}): Contest {
  return { name, workload, targets, faults };
}

const faster = (times: number, than: 'jax-js' | 'TF.js' | 'PyTorch'): Target => ({ kind: 'faster', than, times });
const errorOf = (most: number): Target => ({ kind: 'error', most });
const dispatches = (most: number): Target => ({ kind: 'dispatches', most });
const bandwidth: Target = { kind: 'bandwidth', least: 0.7 };

function conv(x: Shape4, filters: number, kernel: number, padding: 'same' | 'valid'): Conv {
  const w = [filters, x[1], kernel, kernel] as const;
  return { kind: 'conv', x, w, padding: padding === 'same' ? (kernel - 1) / 2 : 0, algorithm: 'auto' };
}

function layer(id: string, size: number, channels: number, filters: number, kernel: number): Row {
  const workload = conv([layerBatch, channels, size, size], filters, kernel, 'valid');
  const title = `conv ${kernel}×${kernel} valid, ${layerBatch}×${channels}×${size}×${size} → ${filters}: forward, dW, dX`;
  return row(id, title, contest(workload, [{ kind: 'auto' }, convError]), { isHeavy: true, algorithms });
}

// Values stay within a few units of 0, and no function meets its singularity.
const chainSteps: readonly ChainStep[] = [
  { name: 'mul', operand: 'row' },
  { name: 'add', operand: 'column' },
  { name: 'sin' },
  { name: 'mul', operand: 'x' },
  { name: 'sub', operand: 'row' },
  { name: 'square' },
  { name: 'add', operand: 1 },
  { name: 'sqrt' },
  { name: 'mul', operand: 'column' },
  { name: 'cos' },
  { name: 'add', operand: 'x' },
  { name: 'mul', operand: 0.5 },
  { name: 'exp' },
  { name: 'sub', operand: 'row' },
  { name: 'mul', operand: 'row' },
  { name: 'add', operand: 'column' },
  { name: 'sin' },
  { name: 'mul', operand: 'x' },
  { name: 'sub', operand: 'column' },
  { name: 'square' },
];
const chain = { kind: 'chain', rows: 2048, columns: 2048, steps: chainSteps } as const;

const fftPeers = [...usualPeers, 'TF.js', 'fft.js'] as const;
const convPeers = [...usualPeers, 'TF.js'] as const;

/** All rows, in the order in which they are run. */
export const rows: readonly Row[] = [
  row(
    'F1',
    'c2c FFT, 256 rows of 1024',
    contest({ kind: 'fft', batch: 256, n: 1024 }, [faster(4, 'jax-js'), faster(100, 'TF.js'), dispatches(1), errorOf(3e-7), bandwidth]),
    { peers: fftPeers },
  ),
  row(
    'F2',
    'c2c FFT, 64 rows of 4096',
    contest({ kind: 'fft', batch: 64, n: 4096 }, [faster(4, 'jax-js'), faster(100, 'TF.js'), dispatches(1), errorOf(4e-7), bandwidth]),
    { peers: fftPeers },
  ),
  row(
    'F3',
    'c2c FFT, 256 rows of the prime 1009',
    contest({ kind: 'fft', batch: 256, n: 1009 }, [faster(30, 'jax-js'), errorOf(1e-6), bandwidth]),
    { peers: convPeers },
  ),
  row('F4', 'rfft2, 16 images 256×256', contest({ kind: 'rfft2', batch: 16, height: 256, width: 256 }, [errorOf(4e-7), bandwidth])),
  row('F5', 'one c2c FFT of 2²⁰', contest({ kind: 'fft', batch: 1, n: 2 ** 20 }, [errorOf(5e-7), bandwidth]), {
    peers: [...usualPeers, 'fft.js'],
  }),
  row(
    'C1',
    'conv 5×5 same, 8×3×32×32 → 64: forward, dW, dX',
    contest(conv([8, 3, 32, 32], 64, 5, 'same'), [faster(2, 'jax-js'), convError]),
    { peers: convPeers },
  ),
  row(
    'C2',
    'conv 31×31 same, 2×16×128×128 → 16: forward, dW, dX',
    contest(conv([2, 16, 128, 128], 16, 31, 'same'), [faster(30, 'jax-js'), faster(8, 'PyTorch'), convError], {
      faults: { 'jax-js': '0.1.25 gets dW wrong here, 0.47 in relative L2; y and dX are right, and all three at batch 1' },
    }),
    { peers: convPeers, isHeavy: true },
  ),
  layer('L1', 128, 3, 96, 11),
  layer('L2', 64, 64, 128, 9),
  layer('L3', 32, 128, 128, 9),
  layer('L4', 16, 128, 128, 7),
  layer('L5', 13, 384, 384, 3),
  row(
    'X1',
    'crossover of conv k×k same, 8×16×64×64 → 16: forward, dW, dX',
    [3, 5, 7, 9, 11, 15, 21, 31].map((k) =>
      contest(conv([8, 16, 64, 64], 16, k, 'same'), [{ kind: 'auto' }, convError], { name: `k = ${k}` }),
    ),
    { isHeavy: true, algorithms: ['direct', 'fft', 'fft-tiled'] },
  ),
  row(
    'T1',
    'one training step, CNN 16·16·32 channels 5×5, dense 768·512·10, batch 16',
    contest(
      {
        kind: 'train',
        x: [16, 3, 32, 32],
        kernel: 5,
        channels: [16, 16, 32],
        features: [768, 512, 10],
        learningRate: 0.1,
      },
      [faster(2, 'jax-js'), faster(4, 'TF.js'), errorOf(1e-6), { kind: 'steady' }],
    ),
    { peers: convPeers },
  ),
  row('E1', '20 elementwise operations with broadcasting on 2048×2048', [
    contest({ ...chain, gradient: false }, [dispatches(2), errorOf(1e-5)], { name: 'forward' }),
    contest({ ...chain, gradient: true }, [errorOf(1e-5)], { name: 'forward and gradient' }),
  ]),
];
