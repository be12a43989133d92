import { expect } from 'chai';
import { abortReason, lastLines } from '../../../src/extension/last-words.js';

const stack = [
  '----- Native stack trace -----',
  '',
  ...Array.from({ length: 12 }, (_, index) => ` ${index + 1}: 0xd32b41 v8::f(v8::Isolate*) [node]`),
].join('\n');

describe('why a process aborted', () => {
  /** As the programs print it, but for the stacks. */
  const said: readonly (readonly [who: string, text: string, why: string])[] = [
    [
      'V8 without a place',
      '\n\n#\n# Fatal error in , line 0\n# Fatal JavaScript invalid size error 169220804 (see crbug.com/1201626)\n#\n#\n#\n#FailureMessage Object: 0x7ffe1f69cb60',
      'Fatal JavaScript invalid size error 169220804 (see crbug.com/1201626)',
    ],
    [
      'V8 with a place',
      '#\n# Fatal error in ../../src/objects/map.cc, line 12\n# Check failed: is_valid.\n#\n#',
      'Check failed: is_valid. (../../src/objects/map.cc, line 12)',
    ],
    [
      'Node 20',
      '\n  #  node[5810]: static void node::TCPWrap::New(const v8::FunctionCallbackInfo<v8::Value>&) at ../src/tcp_wrap.cc:157\n  #  Assertion failed: args[0]->IsInt32()\n',
      'Assertion failed: args[0]->IsInt32() (../src/tcp_wrap.cc:157)',
    ],
    [
      'Node 18',
      "node[1]: ../src/node_file.cc:2112:void node::fs::Open(const v8::FunctionCallbackInfo<v8::Value>&): Assertion `(argc) >= (3)' failed.",
      "Assertion `(argc) >= (3)' failed (../src/node_file.cc:2112)",
    ],
    ['Windows', 'Assertion failed: x > 0, file src\\win\\async.c, line 76\r', 'Assertion failed: x > 0, file src\\win\\async.c, line 76'],
    ['a native module', 'FATAL ERROR: Error::New napi_get_last_error_info', 'FATAL ERROR: Error::New napi_get_last_error_info'],
    [
      'the C++ library',
      "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc",
      "terminate called after throwing an instance of 'std::bad_alloc' what(): std::bad_alloc",
    ],
  ];
  for (const [who, text, why] of said)
    it(`is what ${who} says before the native stack`, () => {
      expect(abortReason(`of before\n${text}\n${stack}\n`)).to.equal(why);
    });

  it('is what was said last', () => {
    expect(abortReason('FATAL ERROR: first\nmore\nAssertion failed: second\nFATAL ERROR: third\nend\n')).to.equal('FATAL ERROR: third');
    expect(abortReason('FATAL ERROR: first\nAssertion failed: second\n')).to.equal('Assertion failed: second');
  });

  it('is not known where nothing says it', () => {
    expect(abortReason('')).to.equal(undefined);
    expect(abortReason(`The cell says: Fatal error in my head\n# of items: 3\n${stack}`)).to.equal(undefined);
  });

  it('stands apart from the last lines', () => {
    expect(lastLines('a\nb\nc\n\n', 2)).to.equal('b\nc');
    expect(lastLines('\n', 2)).to.equal('');
  });
});
