// JUnit's XML, as GitHub, GitLab and Jenkins read it.
// Rules: https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd

/** A test and its outcome. */
export interface TestCase {
  readonly name: string;
  readonly seconds: number;
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  /** The kind of failure or error. */
  readonly type: string;
  readonly message: string;
  readonly details: string;
}

/** The tests of one file. */
export interface TestSuite {
  readonly name: string;
  readonly timestamp: Date;
  readonly cases: readonly TestCase[];
}

/** The text of a report. */
export function junitXml(name: string, suites: readonly TestSuite[]): string {
  const root = { name, ...counts(suites.flatMap(({ cases }) => cases)) };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', root, suites.map(suiteXml).join(''))}`;
}

function suiteXml({ name, timestamp, cases }: TestSuite): string {
  const skipped = cases.filter(({ outcome }) => outcome === 'skipped').length;
  const attributes = { name, ...counts(cases), skipped, timestamp: timestamp.toISOString().slice(0, 19) };
  // Jenkins takes what stands before the last dot for a package.
  const classname = name
    .replace(/\.ipynb$/, '')
    .replaceAll('.', '_')
    .replaceAll(/[\\/]/g, '.');
  return element('testsuite', attributes, cases.map((each) => caseXml(classname, each)).join(''));
}

function caseXml(classname: string, { name, seconds, outcome, type, message, details }: TestCase): string {
  const attributes = { name, classname, time: seconds.toFixed(3) };
  if (outcome === 'passed') return element('testcase', attributes, element('system-out', {}, escaped(details)));
  const result = outcome === 'skipped' ? element(outcome, { message }) : element(outcome, { message, type }, escaped(details));
  return element('testcase', attributes, result);
}

function counts(cases: readonly TestCase[]): Readonly<Record<string, string | number>> {
  const count = (wanted: TestCase['outcome']): number => cases.filter(({ outcome }) => outcome === wanted).length;
  const seconds = cases.reduce((sum, each) => sum + each.seconds, 0);
  return { tests: cases.length, failures: count('failure'), errors: count('error'), time: seconds.toFixed(3) };
}

function element(tag: string, attributes: Readonly<Record<string, string | number>>, content = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value)).replace(/[\t\n]/g, reference)}"`);
  return `<${tag}${list.join('')}${content === '' ? '/>' : `>${content.startsWith('<') ? `\n${content}` : content}</${tag}>`}\n`;
}

/** A text as XML holds it; what XML has no way to hold becomes U+FFFD. */
function escaped(text: string): string {
  const held = text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
  return held.replace(/[&<>"\r]/g, reference);
}

function reference(character: string): string {
  return `&#${character.codePointAt(0)};`;
}
