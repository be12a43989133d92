// Reads JUnit's XML by a parser that is not ours.
import { expect } from 'chai';
import sax from 'sax';

/** An element as it is read. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** The root of a document. Throws where it is not well-formed. */
export function parseXml(xml: string): Element {
  // The parser lets these pass.
  expect(xml).to.match(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
  const top: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const parser = sax.parser(true);
  parser.onerror = (error) => {
    throw error;
  };
  parser.onopentag = ({ name, attributes }) => {
    const element = { name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  };
  parser.onclosetag = () => void open.pop();
  parser.ontext = (text) => {
    const parent = open.at(-1);
    if (parent) parent.text += text;
  };
  parser.write(xml).close();
  const [root] = top.children;
  if (!root) throw new Error('the document has no element');
  return root;
}

const outcomes = ['skipped', 'error', 'failure', 'system-out', 'system-err'];
const seconds = /^\d{1,3}(,?\d{3})*\.\d{3}$/;
const count = /^\d+$/;

/** For each element those it may hold, the attributes that it must have, and those that it may have (Jenkins' junit-10.xsd). */
const rules: Readonly<
  Record<string, { readonly holds: string[]; readonly must: Record<string, RegExp>; readonly may: Record<string, RegExp> }>
> = {
  testsuites: { holds: ['testsuite'], must: {}, may: { name: /^/, time: seconds, tests: count, failures: count, errors: count } },
  testsuite: {
    holds: ['testcase'],
    must: { name: /./, tests: count, failures: count, errors: count },
    may: { time: seconds, skipped: count, timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/ },
  },
  testcase: { holds: outcomes, must: { name: /./ }, may: { time: /^\d+\.\d{3}$/, classname: /./ } },
  ...Object.fromEntries(['skipped', 'error', 'failure'].map((name) => [name, { holds: [], must: {}, may: { type: /./, message: /^/ } }])),
  'system-out': { holds: [], must: {}, may: {} },
};

/** Reads a report and holds it against the rules of JUnit's elements and attributes; the counts must be right, too. */
export function parseJunit(xml: string): Element {
  const root = parseXml(xml);
  expect(root.name).to.equal('testsuites');
  hold(root);
  for (const each of [root, ...root.children]) {
    const cases = each === root ? root.children.flatMap(({ children }) => children) : each.children;
    const having = (name: string): string => String(cases.filter(({ children }) => children.some((child) => child.name === name)).length);
    const { skipped = having('skipped') } = each.attributes;
    expect({ ...each.attributes, skipped }).to.include({
      tests: String(cases.length),
      failures: having('failure'),
      errors: having('error'),
      skipped: having('skipped'),
    });
    const total = cases.reduce((sum, { attributes }) => sum + Number(attributes.time), 0);
    expect(Number(each.attributes.time)).to.be.closeTo(total, 0.001 * (cases.length + 1));
  }
  return root;
}

function hold({ name, attributes, children }: Element): void {
  const rule = rules[name];
  if (!rule) throw new Error(`JUnit has no element ${name}`);
  for (const [key, pattern] of Object.entries(rule.must)) expect(attributes[key], `${name} ${key}`).to.match(pattern);
  for (const [key, value] of Object.entries(attributes)) {
    expect(value, `${name} ${key}`).to.match({ ...rule.must, ...rule.may }[key] ?? /^$a/);
  }
  for (const child of children) expect(rule.holds, `what ${name} may hold`).to.include(child.name);
  children.forEach(hold);
}
