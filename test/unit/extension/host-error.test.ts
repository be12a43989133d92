import { expect } from 'chai';
import { hostError, Interrupted } from '../../../src/extension/host-error.js';
import { KernelDied } from '../../../src/extension/kernel-process.js';

describe('errors of the host in a cell', () => {
  it('give the reason of a dead kernel, and what to do', () => {
    expect(hostError(new KernelDied('process.exit(3) ended the kernel'), false)).to.deep.equal({
      output_type: 'error',
      ename: 'KernelDied',
      evalue: 'process.exit(3) ended the kernel.',
      traceback: ['KernelDied: process.exit(3) ended the kernel.', 'The next cell that runs starts a new kernel.'],
    });
  });

  it('call a kernel that the user stopped no failure', () => {
    const output = hostError(new KernelDied('the kernel was stopped'), true);
    expect(output).to.deep.include({ ename: 'Interrupted', traceback: ['Interrupted: The kernel was stopped while the cell ran.'] });
  });

  it('say what else went wrong, line by line, whatever was thrown', () => {
    expect(hostError(new Error('first\nsecond'), false)).to.deep.include({ ename: 'Error', traceback: ['Error: first', 'second.'] });
    expect(hostError(new Interrupted(), true)).to.deep.include({ ename: 'Interrupted' });
    expect(hostError('text', false)).to.deep.include({ ename: 'Error', evalue: 'text.' });
  });
});
