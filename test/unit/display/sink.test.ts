import { expect } from 'chai';
import { DISPLAY, emit, setOutputSink, type MimeBundle, type OutputSink } from '../../../src/display/sink.js';

describe('the output sink', () => {
  afterEach(() => setOutputSink(null));

  it('takes what is displayed, in the order of the calls', async () => {
    const taken: Promise<MimeBundle>[] = [];
    const sink: OutputSink = { display: (bundle) => void taken.push(Promise.resolve(bundle)), update: () => undefined };
    expect(setOutputSink(sink)).to.equal(null);
    emit(new Promise((resolve) => setTimeout(() => resolve({ 'text/plain': 'slow' }), 10)));
    emit(Promise.resolve({ 'text/plain': 'fast' }));
    expect((await Promise.all(taken)).map((forms) => forms['text/plain'])).to.deep.equal(['slow', 'fast']);
    expect(setOutputSink(null)).to.equal(sink);
  });

  it('is the terminal where none is set, still in the order of the calls', async () => {
    const written: string[] = [];
    const settled = new Promise<void>((resolve) => {
      process.stdout.write = (chunk: string | Uint8Array): boolean => {
        written.push(String(chunk));
        if (written.length === 2) resolve();
        return true;
      };
    });
    try {
      emit(new Promise((resolve) => setTimeout(() => resolve({ 'text/plain': 'first' }), 10)));
      emit(Promise.resolve({ 'image/png': '' }));
      await settled;
    } finally {
      // The method itself is on the prototype.
      Reflect.deleteProperty(process.stdout, 'write');
    }
    expect(written).to.deep.equal(['first\n', '(image/png)\n']);
  });

  it('the display method has the same name in every copy of the library', () => {
    expect(DISPLAY).to.equal(Symbol.for('parseval.display'));
  });
});
