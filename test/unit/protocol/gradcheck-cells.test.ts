import { expect } from 'chai';
import { isGradcheckCell } from '../../../src/protocol/gradcheck-cells.js';

describe('gradient-check cells', () => {
  const all = (sources: readonly string[], is: boolean): void => {
    for (const source of sources) expect(isGradcheckCell(source, []), source).to.equal(is);
  };

  it('are those with the tag, whatever their code', () => {
    expect(isGradcheckCell('1', ['gradcheck'])).to.equal(true);
    expect(isGradcheckCell('1', ['parameters', 3, null, 'Gradcheck'])).to.equal(false);
  });

  it('are those that call gradcheck, as a method or alone', () => {
    all(
      [
        'await pv.gradcheck(layer, [x, w])',
        "import { gradcheck } from 'parseval';\nconst report = await gradcheck(f, [x]);\nreport",
        'pv\n  .gradcheck (f, [x])',
        'pv.gradcheck /* as ever */ // and ever\n (f, [x])',
        'pv.gradcheck?.(f, [x])',
        'const check = () => gradcheck(f, [x]);',
      ],
      true,
    );
  });

  it('are not those that only name it', () => {
    all(
      [
        "import { gradcheck } from 'parseval'",
        'pv.gradcheck',
        'const gradcheck = 3; (gradcheck)',
        'mygradcheck(f)',
        'gradchecks(f)',
        '$gradcheck(f); _gradcheck(f); this.#gradcheck(f); ägradcheck(f)',
        'function gradcheck(f: number) {}',
        'async function* gradcheck(f: number) {}',
        'gradcheck < 3; (1)',
        '',
      ],
      false,
    );
  });

  it('are not those that mention it in comments and texts', () => {
    all(
      [
        '// gradcheck(f)',
        '1 // and then gradcheck(f)\n+ 1',
        '/* gradcheck(f)\n gradcheck(f) */ 1',
        '/* not closed: gradcheck(f)',
        '"gradcheck(f)"',
        "'it\\'s gradcheck(f)'",
        "'a line\\\n that goes on: gradcheck(f)'",
        '`gradcheck(f)\n${x} gradcheck(f) \\` gradcheck(f) \\${gradcheck(f)} $gradcheck(f)`',
        '`not closed: gradcheck(f)',
        '`${{ a: `${b} gradcheck(f)` }} gradcheck(f)`',
      ],
      false,
    );
  });

  it('are those that call it between texts and comments, and in templates', () => {
    all(
      [
        '"/*"; gradcheck(f); "*/"',
        "/* ' */ gradcheck(f) /* ' */",
        "// it's\ngradcheck(f)",
        '`a ${await gradcheck(f)} b`',
        '`a ${`b ${{ c: gradcheck(f) }}`}`',
        '`${a}`; gradcheck(f)',
        "const notClosed = 'oh\ngradcheck(f)",
      ],
      true,
    );
  });

  it('are told from regular expressions that look like them', () => {
    all(
      [
        '/gradcheck(f)/.test(text)',
        'return /[/]gradcheck(f)/u',
        'a = b ? /gradcheck(f)/ : 1',
        'if (a) /gradcheck(f)/.exec(b)',
        'x\n!/gradcheck(f)/.test(b)',
        '{ } /gradcheck(f)/.test(b)',
      ],
      false,
    );
  });

  it('are seen between divisions and behind regular expressions', () => {
    all(
      [
        'a / gradcheck(f) / b',
        'f(a) / gradcheck(f) / b',
        'a[0] / gradcheck(f) / b',
        'i++ / gradcheck(f) / b',
        'a! / gradcheck(f) / b',
        '1 / gradcheck(f) / 2.5 / gradcheck(f)',
        '`a` / gradcheck(f) / b',
        'a.return / gradcheck(f) / b',
        'this / gradcheck(f) / b',
        '/[\'"`]/.test(a); gradcheck(f)',
        "/'[/'\\]]/.test(a); gradcheck(f); '",
        'a.replace(/\\//g, "/"); gradcheck(f)',
        'a < 1 / 2;\ngradcheck(f)',
      ],
      true,
    );
  });

  it('are found in a cell so long that the square of its length would take minutes', () => {
    const long = `${'/'.repeat(5)}\n${'`${'.repeat(200_000)}${'('.repeat(200_000)}${'x / '.repeat(200_000)}`;
    expect(isGradcheckCell(long, [])).to.equal(false);
  });
});
