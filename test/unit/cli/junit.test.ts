import { expect } from 'chai';
import type { TestCase } from '../../../src/cli/junit.js';
import { junitXml } from '../../../src/cli/junit.js';
import { parseJunit } from './junit.js';

describe('a JUnit report', () => {
  const timestamp = new Date('2024-02-29T12:34:56.789Z');
  const test = (outcome: TestCase['outcome'], more: Partial<TestCase> = {}): TestCase => ({
    name: `one that is ${outcome}`,
    seconds: 0.25,
    outcome,
    type: 'Kind',
    message: 'short',
    details: 'long',
    ...more,
  });

  it('has a suite for each file, with counts, and an element for each outcome', () => {
    const suites = [
      { name: 'notebooks/v1.2/a b.ipynb', timestamp, cases: [test('passed'), test('failure'), test('error'), test('skipped')] },
      { name: 'b.ipynb', timestamp, cases: [test('failure', { seconds: 1234.5678 })] },
      { name: 'c.ipynb', timestamp, cases: [] },
    ];
    const root = parseJunit(junitXml('all', suites));
    expect(root.attributes).to.deep.equal({ name: 'all', tests: '5', failures: '2', errors: '1', time: '1235.568' });
    expect(root.children.map(({ attributes }) => attributes.name)).to.deep.equal(['notebooks/v1.2/a b.ipynb', 'b.ipynb', 'c.ipynb']);
    const [first] = root.children;
    expect(first?.attributes).to.include({ tests: '4', failures: '1', errors: '1', skipped: '1', timestamp: '2024-02-29T12:34:56' });
    expect(first?.children.map(({ attributes }) => attributes)).to.deep.include({
      name: 'one that is failure',
      classname: 'notebooks.v1_2.a b',
      time: '0.250',
    });
    expect(first?.children.map(({ children: [child] }) => [child?.name, child?.attributes, child?.text])).to.deep.equal([
      ['system-out', {}, 'long'],
      ['failure', { message: 'short', type: 'Kind' }, 'long'],
      ['error', { message: 'short', type: 'Kind' }, 'long'],
      ['skipped', { message: 'short' }, ''],
    ]);
  });

  it('gives back every text that XML can hold', () => {
    const text = `a < b & c > d ]]> "e" 'f'\n\t  <![CDATA[ &amp; &#0; ✗ dŴ 𝔉 \r\n end`;
    const suites = [{ name: text, timestamp, cases: [test('failure', { name: text, type: text, message: text, details: text })] }];
    const [suite] = parseJunit(junitXml(text, suites)).children;
    const [only] = suite?.children ?? [];
    expect(suite?.attributes.name).to.equal(text);
    expect(only?.attributes.name).to.equal(text);
    expect(only?.children[0]).to.deep.include({ attributes: { message: text, type: text }, text });
  });

  it('has a mark in place of what XML cannot hold', () => {
    const text = 'a\u0000b\u001b[31mc\ud800d\udc00\uffff';
    const suites = [{ name: 'a', timestamp, cases: [test('error', { message: text, details: text })] }];
    const found = parseJunit(junitXml('all', suites)).children[0]?.children[0]?.children[0];
    const expected = 'a\ufffdb\ufffd[31mc\ufffdd\ufffd\ufffd';
    expect(found).to.deep.include({ attributes: { message: expected, type: 'Kind' }, text: expected });
  });
});
