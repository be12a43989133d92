import { expect } from 'chai';
import type { CellOutput, JsonObject } from '../../../src/kernel/index.js';
import { NotebookError, parseNotebook, serializeNotebook, withCell, withoutOutputs } from '../../../src/kernel/index.js';

const minimal = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };
const code = {
  cell_type: 'code',
  id: 'c1',
  metadata: {},
  source: ['let a = 1\n', 'a'],
  outputs: [],
  execution_count: null,
};
const markdown = {
  cell_type: 'markdown',
  id: 'm1',
  metadata: { tags: ['x'] },
  source: '# Title\ntext',
  attachments: { 'a.png': { 'image/png': 'AAAA' } },
};

function parse(json: unknown): ReturnType<typeof parseNotebook> {
  return parseNotebook(typeof json === 'string' ? json : JSON.stringify(json), 'a.ipynb');
}

describe('notebook files', () => {
  it('give the source of cells as text, from a string or a list of lines', () => {
    const { cells } = parse({ ...minimal, cells: [code, markdown] });
    expect(cells.map(({ source }) => source)).to.deep.equal(['let a = 1\na', '# Title\ntext']);
  });

  it('come back as they were: unknown metadata, ids, attachments, raw and markdown cells, foreign outputs', () => {
    const outputs = [
      {
        output_type: 'display_data',
        data: { 'application/x.odd+json': { b: 1, a: 2 } },
        metadata: { isolated: true },
        transient: {},
      },
    ];
    const kernel = { kernelspec: { display_name: 'Parseval (TypeScript)', language: 'typescript', name: 'parseval' } };
    const info = { language_info: { file_extension: '.ts', mimetype: 'text/x-typescript', name: 'typescript' } };
    const json = {
      cells: [
        { ...code, metadata: { collapsed: true, vscode: { languageId: 'typescript' } }, outputs, execution_count: 3 },
        markdown,
        { cell_type: 'raw', metadata: {}, source: ['x'] },
      ],
      metadata: { custom: { z: 1, y: [1] }, ...kernel, ...info },
      nbformat: 4,
      nbformat_minor: 5,
      extra: 'kept',
    };
    expect(JSON.parse(serializeNotebook(parse(json)))).to.deep.equal(json);
  });

  it('are written alike however often they are read and written', () => {
    const text = serializeNotebook(parse({ ...minimal, cells: [code, markdown] }));
    expect(serializeNotebook(parse(text))).to.equal(text);
  });

  it('are written with keys in order, an indent of one, texts as lines, and a last line end', () => {
    const outputs: CellOutput[] = [
      { output_type: 'stream', name: 'stdout', text: 'a\nb' },
      {
        output_type: 'execute_result',
        execution_count: 1,
        data: { 'text/plain': 'x\ny\n', 'image/svg+xml': '<svg>\n</svg>', 'image/png': 'AAAA\n' },
        metadata: {},
      },
      { output_type: 'error', ename: 'Error', evalue: 'x', traceback: ['Error: x', '    at cell 1:1:1'] },
    ];
    const notebook = parse({ ...minimal, cells: [code] });
    const [cell] = notebook.cells;
    const text = serializeNotebook(cell?.type === 'code' ? withCell(notebook, 0, { ...cell, outputs, executionCount: 1 }) : notebook);
    const json = JSON.parse(text) as { cells: JsonObject[] };
    expect(json.cells[0]).to.deep.equal({
      ...code,
      execution_count: 1,
      outputs: [
        { ...outputs[0], text: ['a\n', 'b'] },
        {
          ...outputs[1],
          data: { 'image/png': 'AAAA\n', 'image/svg+xml': ['<svg>\n', '</svg>'], 'text/plain': ['x\n', 'y\n'] },
        },
        outputs[2],
      ],
    });
    expect(Object.keys(json.cells[0] ?? {})).to.deep.equal(['cell_type', 'execution_count', 'id', 'metadata', 'outputs', 'source']);
    expect(text)
      .to.match(/^\{\n "cells": \[\n {2}\{\n {3}"cell_type": "code",/)
      .and.match(/\n\}\n$/);
  });

  it('name Parseval as their kernel', () => {
    const { metadata } = JSON.parse(serializeNotebook(parse(minimal))) as { metadata: JsonObject };
    expect(metadata.kernelspec).to.deep.equal({
      name: 'parseval',
      display_name: 'Parseval (TypeScript)',
      language: 'typescript',
    });
  });

  it('lose their old outputs before a run, and nothing else', () => {
    const full = { ...code, outputs: [{ output_type: 'stream', name: 'stdout', text: 'x' }], execution_count: 2 };
    const cleared = withoutOutputs(parse({ ...minimal, cells: [full, markdown] }));
    expect(cleared).to.deep.equal(parse({ ...minimal, cells: [code, markdown] }));
  });

  it('may begin with a byte order mark', () => {
    expect(parse(`\uFEFF${JSON.stringify(minimal)}`).cells).to.deep.equal([]);
  });

  const broken: readonly (readonly [name: string, json: unknown, message: RegExp])[] = [
    ['an empty file', '', /a\.ipynb: the file is empty; expected a notebook/],
    ['a file cut off', '{"cells": [', /a\.ipynb: it is not JSON \(.+\)\. The file may be cut off/],
    ['a list', '[]', /a notebook is a JSON object, but this file holds a list/],
    ['other JSON', { name: 'x' }, /"nbformat" is missing, so this is not a notebook/],
    ['nbformat 3', { ...minimal, nbformat: 3 }, /nbformat 3, but only nbformat 4 is read\. Convert it with/],
    ['no minor version', { ...minimal, nbformat_minor: '5' }, /"nbformat_minor" must be an integer, but is "5"/],
    ['no metadata', { ...minimal, metadata: null }, /"metadata" must be an object, but is null/],
    ['no cells', { ...minimal, cells: undefined }, /"cells" must be a list of cells, but is missing/],
    [
      'a Python notebook',
      { ...minimal, metadata: { kernelspec: { name: 'python3', language: 'python' } } },
      /its language is python, but cells must be TypeScript/,
    ],
    ['a notebook whose language_info is Python', { ...minimal, metadata: { language_info: { name: 'python' } } }, /its language is python/],
    ['a cell that is a string', { ...minimal, cells: ['x'] }, /cell 1: a cell must be an object, but is "x"/],
    [
      'a cell of unknown type',
      { ...minimal, cells: [code, { ...code, cell_type: 'heading' }] },
      /cell 2: "cell_type" must be "code", "markdown" or "raw", but is "heading"/,
    ],
    [
      'a cell without source',
      { ...minimal, cells: [{ ...code, source: undefined }] },
      /cell 1: "source" must be a string or a list of strings, but is missing/,
    ],
    [
      'a source of numbers',
      { ...minimal, cells: [{ ...code, source: [1] }] },
      /cell 1: "source" must be a string or a list of strings, but is a list/,
    ],
    [
      'a cell without metadata',
      { ...minimal, cells: [{ ...markdown, metadata: undefined }] },
      /cell 1: "metadata" must be an object, but is missing/,
    ],
    [
      'outputs that are no list',
      { ...minimal, cells: [{ ...code, outputs: {} }] },
      /cell 1: "outputs" must be a list of outputs, but is an object/,
    ],
    [
      'a count that is no number',
      { ...minimal, cells: [{ ...code, execution_count: '1' }] },
      /cell 1: "execution_count" must be a number or null, but is "1"/,
    ],
    [
      'a cell in Python',
      { ...minimal, cells: [{ ...code, metadata: { vscode: { languageId: 'python' } } }] },
      /cell 1: it is marked as python, but cells must be TypeScript/,
    ],
  ];
  for (const [name, json, message] of broken) {
    it(`refuse ${name}, and say so`, () => {
      expect(() => parse(json)).to.throw(NotebookError, message);
    });
  }
});
