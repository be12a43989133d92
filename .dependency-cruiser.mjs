// The arrows between rooms: who may import whom at run time. Types may be imported from anywhere, since they are gone when the code runs.
const core = ['tensor', 'graph', 'devices'];
const library = [...core, 'fft', 'data', 'display', 'nn', 'gradcheck', 'train'];

/** A room's own files, and `index`, the library's front door, are always named apart. */
const mayImport = {
  protocol: [],
  devices: ['protocol'], // devices/remote speaks it over a port
  graph: ['devices'],
  tensor: ['graph', 'devices'],
  fft: core,
  data: [...core, 'fft'],
  display: [...core, 'fft', 'protocol'],
  nn: [...core, 'fft', 'data'], // modules are saved and loaded
  gradcheck: [...core, 'fft', 'nn'],
  train: [...core, 'nn', 'data', 'display'],
  index: library,
  kernel: ['index', 'protocol'],
  cli: ['kernel', 'index', 'protocol'],
  extension: ['protocol'],
};

/** Colours, numbers in words, and how gradients, spectra and step curves are laid out: what a page draws as the library does. */
const drawnInPages =
  '^src/display/(axes|color|color-maps|convolution-values|distribution|extent|gradcheck-planes|gradcheck-words|kernels-facts|kernels-presets|kernels-response|live-curve|live-history|live-radial|live-record|number-format|plane-spectrum|spectrum-values|step-curve|svg|table-order)\\.ts$';

/** @param {string} room */
const path = (room) => (room === 'index' ? '^src/index\\.ts$' : `^src/${room}/`);
const atRunTime = { dependencyTypesNot: ['type-only'], preCompilationOnly: false };

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(mayImport).map(([room, others]) => ({
      name: `${room}-imports-downward`,
      comment: `src/${room} may import at run time only from: ${[room, ...others].join(', ')}.`,
      severity: 'error',
      from: { path: path(room) },
      to: { path: '^(src|webview|test|bench|scripts)/', pathNot: [room, ...others].map(path), ...atRunTime },
    })),
    {
      name: 'every-file-in-a-room',
      comment: 'A file in src/ stands in a room that has arrows (see mayImport).',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: [...Object.keys(mayImport).map(path), '^src/[^/]+\\.d\\.ts$'] },
    },
    {
      name: 'webgpu-knows-neither-node-nor-packages',
      comment:
        'src/devices/webgpu runs in a webview and on Dawn alike: it is given a GPUDevice and imports only from src/devices and shaders.',
      severity: 'error',
      from: { path: '^src/devices/webgpu/' },
      to: { pathNot: ['^src/devices/(?!node/)', '^shaders/'], ...atRunTime },
    },
    {
      name: 'vscode-in-the-extension-only',
      severity: 'error',
      from: { path: '^(src|webview)/', pathNot: '^src/extension/' },
      to: { path: '^vscode$' },
    },
    {
      name: 'dawn-in-the-node-device-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/devices/node(/|\\.ts$)' },
      to: { path: '(^|node_modules/)webgpu(/|$)', ...atRunTime },
    },
    {
      name: 'webview-imports-the-shared-rooms',
      comment: 'A webview bundles the messages, the WebGPU device and what pictures share, nothing else of src/.',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^src/', pathNot: ['^src/protocol/', '^src/devices/(?!node/)', drawnInPages], ...atRunTime },
    },
    {
      name: 'what-pages-draw-by-knows-no-node',
      comment: 'A saved picture and a page that draws the same have one set of colours, numbers and layouts; those files run in both.',
      severity: 'error',
      from: { path: drawnInPages },
      to: { path: '.', pathNot: [drawnInPages, '/d3-scale(-chromatic)?/'], ...atRunTime },
    },
    {
      name: 'toolkit-in-the-controls-only',
      comment: 'So that another toolkit is a change of one file.',
      severity: 'error',
      from: { path: '^(src|webview|test)/', pathNot: '^webview/ui/controls\\.ts$' },
      to: { path: '(^|node_modules/)@(vscode/webview-ui-toolkit|microsoft/fast-)' },
    },
    {
      name: 'uplot-in-its-engine-only',
      comment: 'So that all plots look and listen alike, and another library is a change of one file.',
      severity: 'error',
      from: { path: '^(src|webview|test)/', pathNot: '^webview/ui/plot/engine\\.ts$' },
      to: { path: '(^|node_modules/)uplot/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] }, preCompilationOnly: false },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
    {
      name: 'no-development-package-in-the-product',
      comment: 'What runs at the user must stand in "dependencies".',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        preCompilationOnly: false,
        pathNot: '/@(types|webgpu/types)/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|out|\\.cache)/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts', '.wgsl'],
    },
  },
};
