// The notices of other people's work in a VSIX, made from the packages that are really in it.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../setup.mjs';

const heading = `# Third-party notices

Parseval is distributed with the following packages, whole or in part. Their licenses stand below.
`;

/**
 * The text of THIRD-PARTY-NOTICES.md. Throws for a package that names no license.
 * @param {string[]} packages their folders, from the root
 */
export async function notices(packages) {
  const parts = await Promise.all(packages.map(about));
  const unique = new Map(parts.map((part) => [`${part.name} ${part.version}`, part]));
  const sorted = [...unique.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const list = sorted.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`);
  const texts = sorted.map(({ name, version, license, source, text }) =>
    [
      `## ${name} ${version}`,
      `License: ${license}`,
      ...(source ? [`Source: ${source}`] : []),
      ...(text ? ['```text', text, '```'] : []),
    ].join('\n\n'),
  );
  return `${[heading, ['| package | version | license |', '| --- | --- | --- |', ...list].join('\n'), ...texts].join('\n\n')}\n`;
}

/** @param {string} folder */
async function about(folder) {
  const { name, version, license, repository, homepage } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string')
    throw new Error(`${folder}/package.json names no license: look at the package, and leave it out or say so`);
  const files = (await readdir(join(root, folder))).filter((file) => /^(licen[sc]e|copying|notice|thirdpartynotice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, folder, file), 'utf8')));
  const source = typeof repository === 'string' ? repository : (repository?.url ?? homepage ?? '');
  const text = texts.map((part) => part.replaceAll('\r\n', '\n').trim()).join('\n\n');
  // Where the package brings no text, the license's name and the place of its sources must do.
  if (!text && !source) throw new Error(`${folder} brings neither its license's text nor the place of its sources`);
  return { name, version, license, source: String(source).replace(/^git\+/, ''), text };
}
