// The examples, and the code of the README.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

import { Dataset, Model, savePng } from 'mnistcnn';
import { packageFolder, pageOfOnes, run, smallModel, temporaryFolder, writeFolders } from './support.mjs';

const examples = join(new URL('.', import.meta.url).pathname, '..', 'examples');
const start = async (name, ...args) =>
  (await promisify(execFile)(process.execPath, [join(examples, `${name}.mjs`), ...args], { timeout: 60000 }))
    .stdout;

describe('the examples', { concurrency: 2 }, () => {
  const folder = temporaryFolder();
  const one = join(folder, 'one.png');

  it('are all here', () => {
    assert.deepEqual(readdirSync(examples).sort(), [
      'keras.mjs',
      'predict.mjs',
      'read_page.mjs',
      'train.mjs',
      'workers.mjs',
    ]);
  });

  it('read a digit and a page', async () => {
    await savePng(pageOfOnes([[30, 20]], 60, 70), one);
    const page = join(folder, 'page.png');
    await savePng(
      pageOfOnes([
        [20, 10],
        [60, 12],
        [30, 70],
      ]),
      page,
    );
    assert.match(await start('predict', one), /one\.png: 1 \(\d+\.\d %\)/);
    await assert.rejects(start('predict', 'none.png'), { code: 1, stderr: /none\.png/ });
    assert.match(await start('read_page', page), /^1 1\n1\n/);
    const drawn = join(folder, 'page.svg');
    assert.match(await start('read_page', page, '--form', '--overlay', drawn), /^1 1\n1\n/);
    assert.equal(readFileSync(drawn, 'utf8').match(/<rect/g).length, 3);
  });

  it('train, and go on with a model of Keras', async () => {
    const images = await writeFolders(join(folder, 'images'), 20);
    const out = join(folder, 'out.safetensors');
    assert.match(await start('train', images, out, '3'), /epoch 3: loss .*\naccuracy /);
    const model = await Model.load(out);
    assert.equal((await model.evaluate(await Dataset.fromFolder(images, { model }))).count, 60);
    const keras = join(folder, 'in.h5');
    await smallModel().export(keras, { format: 'keras_h5' });
    assert.match(await start('keras', keras, images, join(folder, 'out.keras')), /accuracy after/);
    const some = readdirSync(join(images, 'vertical')).map((name) => join(images, 'vertical', name));
    assert.equal((await start('workers', out, ...some)).trim().split('\n').length, 20);
  });
});

it('the code of the README runs', { timeout: 90000 }, async () => {
  const folder = temporaryFolder();
  const text = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code);
  assert.ok(blocks.length >= 8);
  await savePng(pageOfOnes([[30, 20]], 60, 70), join(folder, 'seven.png'));
  await savePng(pageOfOnes([[30, 20]], 60, 70), join(folder, 'page.jpg')); // its content tells what it is
  mkdirSync(join(folder, 'scans'));
  await savePng(pageOfOnes([[30, 20]], 60, 70), join(folder, 'scans', 'a.png'));
  await writeFolders(join(folder, 'pictures'), 10);
  await (await Model.pretrained()).export(join(folder, 'model.onnx'), { format: 'onnx', unitInput: true });
  writeFileSync(join(folder, 'worker.mjs'), '');
  // One program: imports once, each block with names of its own.
  const body = blocks.map((code) => code.replace(/^import .*\n/gm, '').replace('await using', 'const'));
  const { code, output } = await run(
    `
    import { Worker } from 'node:worker_threads';
    import { join } from 'node:path';
    process.chdir(${JSON.stringify(folder)});
    const { Model, Dataset, Trainer } = m;
    const file = join(process.cwd(), 'worker.mjs');
    const shipped = await Model.pretrained();
    const pixels = new Uint8Array(784);
    { const model = shipped; ${body.slice(0, 1).join('').replace('const model = await Model.pretrained();', '')} }
    { const model = shipped; ${body.slice(1, 4).join('\n')} }
    { ${body.slice(4, 6).join('\n').replaceAll('epochs: 20', 'epochs: 2').replaceAll('epochs: 100', 'epochs: 2')} trainer.dispose(); }
    { ${body[6]} }
    { const model = shipped; ${body[7]} }`,
    { limit: 80000 },
  );
  assert.equal(code, 0, output);
  assert.match(output, /^1, \d+/m);
});
