// The package in a bundle: what bundlers look for is there, and one that looks for nothing can be told.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { build } from 'esbuild';
import { chromium } from 'playwright-core';

import { serve } from '../../tools/serve.mjs';
import { packageFolder } from '../support.mjs';

const program = `
  import { open } from ${JSON.stringify(path.join(packageFolder, 'src/index.js'))};
  const library = await open({ base: 'files/' });
  const model = await library.load();
  const images = Uint8Array.from({ length: 8 * 784 }, (_, i) => (i % 784 < 200 === (i % 1568 < 784) ? 200 : 0));
  const labels = [0, 1, 0, 1, 0, 1, 0, 1];
  const taught = await library.train({ images, labels, classes: ['a', 'b'], settings: { epochs: 1 } });
  window.result = [model.predict({ strokes: [[[20, 14], [80, 14], [44, 92]]] }).label, ...taught.model.labels];
`;

test('every file of dist is named as bundlers expect it', async () => {
  const source = await readFile(path.join(packageFolder, 'src/index.js'), 'utf8');
  for (const name of await readdir(path.join(packageFolder, 'dist')))
    assert.ok(source.includes(`new URL('../dist/${name}', import.meta.url)`), name);
});

test('by esbuild, which moves no files: with the worker as a second entry and the folder of the files', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mnistcnn-bundle-'));
  try {
    const { exports } = JSON.parse(await readFile(path.join(packageFolder, 'package.json'), 'utf8'));
    const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'error' };
    await build({
      ...common,
      stdin: { contents: program, resolveDir: packageFolder },
      outfile: path.join(folder, 'main.js'),
    });
    await build({
      ...common,
      entryPoints: [path.join(packageFolder, exports['./worker'])],
      outfile: path.join(folder, 'worker-browser.js'),
    });
    await cp(path.join(packageFolder, 'dist'), path.join(folder, 'files'), { recursive: true });
    await writeFile(
      path.join(folder, 'index.html'),
      '<!doctype html><script type="module" src="main.js"></script>',
    );
    const { url, close } = await serve(folder);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: ['--no-sandbox'],
    });
    try {
      const page = await browser.newPage();
      await page.goto(url);
      await page.waitForFunction(() => window.result, null, { timeout: 30000 });
      assert.deepEqual(await page.evaluate(() => window.result), ['7', 'a', 'b']);
    } finally {
      await browser.close();
      close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
