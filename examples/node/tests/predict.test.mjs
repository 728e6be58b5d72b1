import assert from 'node:assert/strict';
import { readFile, stat, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import vm from 'node:vm';

import { decodeImage, imageInfo, Model, MnistcnnError, prepareDigit, savePng } from 'mnistcnn';
import {
  pageOfOnes,
  randomNumbers,
  SIDE,
  smallModel,
  strokes,
  temporaryFolder,
  writeFolders,
  CLASSES,
} from './support.mjs';

const { pixels } = strokes(40);
const floats = Float32Array.from(pixels, (byte) => byte / 255);

describe('a batch', () => {
  const model = smallModel();
  const expected = model.predictBatchSync(pixels);

  it('gives a row for each image, the same for bytes and intensities', async () => {
    assert.equal(expected.length, 40 * 3);
    for (let i = 0; i < 40; i++) {
      assert.ok(Math.abs(expected.subarray(3 * i, 3 * i + 3).reduce((a, b) => a + b) - 1) < 1e-5);
    }
    assert.deepEqual(await model.predictBatch(pixels), expected);
    assert.deepEqual(await model.predictBatch(floats), model.predictBatchSync(floats));
    expected.forEach((value, i) => assert.ok(Math.abs(model.predictBatchSync(floats)[i] - value) < 1e-5));
  });

  it('is the same as image by image, on any number of threads, in parts of any buffer', async () => {
    const one = await Promise.all(
      Array.from({ length: 40 }, (_, i) => model.predictBatch(pixels.subarray(64 * i, 64 * i + 64))),
    );
    assert.deepEqual(Float32Array.from(one.flatMap((row) => [...row])), expected);
    assert.deepEqual(await model.predictBatch(pixels, { threads: 3 }), expected);
    const shifted = new Uint8Array(pixels.length + 3);
    shifted.set(pixels, 3);
    assert.deepEqual(await model.predictBatch(shifted.subarray(3)), expected);
    assert.deepEqual(await model.predictBatch(Buffer.from(pixels)), expected);
    assert.deepEqual(await model.predictBatch(new Uint8ClampedArray(pixels)), expected);
    const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
    shared.set(pixels);
    assert.deepEqual(await model.predictBatch(shared), expected);
    assert.deepEqual(
      await model.predictBatch(vm.runInNewContext('new Uint8Array(a)', { a: [...pixels] })),
      expected,
    );
    assert.deepEqual(
      await model.predictBatch(vm.runInNewContext('new Float32Array(a)', { a: [...floats] })),
      model.predictBatchSync(floats),
    );
  });

  it('goes into an array of the caller', async () => {
    const out = new Float32Array(120);
    assert.equal(await model.predictBatch(pixels, { out }), out);
    assert.deepEqual(out, expected);
    await assert.rejects(model.predictBatch(pixels, { out: new Float32Array(119) }), RangeError);
  });

  it('may be empty, and large', async () => {
    assert.equal((await model.predictBatch(new Uint8Array(0))).length, 0);
    const many = new Uint8Array(64 * 20000);
    for (let i = 0; i < 500; i++) many.set(pixels, i * pixels.length);
    const rows = await model.predictBatch(many);
    assert.deepEqual(rows.subarray(0, 120), expected);
    assert.deepEqual(rows.subarray(rows.length - 120), expected);
  });

  it('of another type or length is refused', async () => {
    for (const wrong of [
      new Float64Array(64),
      new Int8Array(64),
      new Uint16Array(64),
      new DataView(new ArrayBuffer(64)),
      [1, 2, 3],
      'text',
      null,
      undefined,
      {},
      64,
      new ArrayBuffer(64),
    ]) {
      await assert.rejects(model.predictBatch(wrong), {
        name: 'TypeError',
        message: /^images: expected a Uint8Array/,
      });
      assert.throws(() => model.predictBatchSync(wrong), TypeError);
    }
    for (const wrong of [new Uint8Array(63), new Float32Array(65)]) {
      await assert.rejects(model.predictBatch(wrong), { name: 'RangeError', message: /8 x 8 x 1/ });
    }
    const detached = new Uint8Array(64);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    assert.ok(
      await model.predictBatch(detached).then(
        (rows) => rows.length === 0,
        (error) => error instanceof TypeError,
      ),
    );
    await assert.rejects(model.predictBatch(new Uint8Array(new ArrayBuffer(64, { maxByteLength: 128 }))), {
      message: /resized/,
    });
  });

  it('thousands of calls at once are answered', async () => {
    const rows = await Promise.all(
      Array.from({ length: 1000 }, () => model.predictBatch(pixels.subarray(0, 64))),
    );
    for (const row of rows) assert.deepEqual(row, expected.subarray(0, 3));
  });

  it('leaves the threads of the pool to others', async () => {
    const large = new Uint8Array(64 * 30000);
    const started = performance.now();
    const predictions = Promise.all(Array.from({ length: 8 }, () => model.predictBatch(large))).then(
      () => performance.now() - started,
    );
    let longest = 0;
    for (let i = 0; i < 10; i++) {
      const start = performance.now();
      await stat('.');
      longest = Math.max(longest, performance.now() - start);
    }
    const whole = await predictions;
    assert.ok(longest < whole, `a file took ${longest} ms, all predictions ${whole} ms`);
  });
});

describe('an image', () => {
  it('is the same as a path, a URL, a buffer, a blob, and pixels', async () => {
    const folder = temporaryFolder();
    const model = await Model.pretrained();
    const page = pageOfOnes([[30, 20]], 60, 70);
    const path = join(folder, 'one.png');
    await savePng(page, path);
    const bytes = await readFile(path);
    const expected = await model.predict(path);
    assert.equal(expected.label, '1');
    assert.equal(expected.index, 1);
    assert.equal(expected.probability, Math.max(...expected.probabilities));
    const same = [
      new URL(`file://${path}`),
      bytes,
      new Uint8Array(bytes),
      new Uint8Array(bytes).buffer,
      new Blob([bytes]),
      page,
    ];
    for (const image of same) assert.deepEqual(await model.predict(image), expected);
    for (const image of same.filter((each) => !(each instanceof Blob)))
      assert.deepEqual(model.predictSync(image), expected);
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    assert.deepEqual(await model.predict(shared), expected);
  });

  it('of 1, 2, 3 or 4 channels is what a file with the same pixels is', async () => {
    const random = randomNumbers(5);
    const folder = temporaryFolder();
    const [width, height] = [13, 7];
    for (const channels of [1, 3]) {
      const image = {
        data: Uint8Array.from({ length: width * height * channels }, () => random(256)),
        width,
        height,
      };
      const path = join(folder, `${channels}.png`);
      await savePng(image, path);
      assert.deepEqual(await decodeImage(image), await decodeImage(path));
    }
    const rgba = Uint8Array.from({ length: width * height * 4 }, () => random(256));
    assert.deepEqual((await decodeImage({ data: rgba, width, height }, { channels: 4 })).data, rgba);
    const grayAlpha = Uint8Array.from({ length: width * height * 2 }, () => random(256));
    assert.deepEqual(
      (await decodeImage({ data: grayAlpha, width, height }, { channels: 2 })).data,
      grayAlpha,
    );
    assert.deepEqual(
      (await decodeImage({ data: new Uint8ClampedArray(rgba), width, height }, { channels: 4 })).data,
      rgba,
    );
  });

  it('that shows no digit is refused with the reason', async () => {
    const model = await Model.pretrained();
    const blank = pageOfOnes([], 40, 40);
    await assert.rejects(model.predict(blank), { code: 'MNISTCNN_NO_DIGIT', status: -15 });
    assert.throws(() => model.predictSync(blank), { code: 'MNISTCNN_NO_DIGIT' });
  });

  it('that is none is refused', async () => {
    const model = smallModel();
    for (const wrong of [
      null,
      undefined,
      5,
      [],
      {},
      new Float32Array(64),
      { data: 1, width: 2, height: 3 },
      Symbol('x'),
      () => 1,
    ]) {
      await assert.rejects(model.predict(wrong), TypeError);
      assert.throws(() => model.predictSync(wrong), TypeError);
    }
    for (const wrong of [
      { data: pixels, width: 8, height: 7 },
      { data: pixels, width: 0, height: 1 },
      { data: pixels, width: 8.5, height: 1 },
      { data: new Uint8Array(64), width: 8, height: 8, channels: 3 },
    ]) {
      await assert.rejects(model.predict(wrong), RangeError);
    }
    await assert.rejects(model.predict(Buffer.from('GIF89a, which is not read')), {
      code: 'MNISTCNN_FORMAT',
    });
    await assert.rejects(model.predict('no-such.png'), {
      code: 'MNISTCNN_NOT_FOUND',
      message: /no-such\.png/,
    });
    await assert.rejects(model.predict('a\0b.png'), { name: 'TypeError', message: /NUL/ });
  });

  it('tells what it is, and is decoded', async () => {
    const path = join(temporaryFolder(), 'page.png');
    const page = pageOfOnes([[5, 5]], 50, 40);
    await savePng(page, path);
    const info = await imageInfo(path);
    assert.deepEqual(
      [info.format, info.width, info.height, info.channels, info.hasAlpha],
      ['png', 50, 40, 1, false],
    );
    const decoded = await decodeImage(path);
    assert.deepEqual(decoded, { data: page.data, height: 40, width: 50, channels: 1 });
    assert.equal((await decodeImage(await readFile(path), { channels: 3 })).data.length, 50 * 40 * 3);
    const damaged = (await readFile(path)).subarray(0, 100);
    await assert.rejects(decodeImage(damaged), MnistcnnError);
    await assert.rejects(decodeImage('none.png'), { code: 'MNISTCNN_NOT_FOUND' });
    await assert.rejects(savePng(page, '/nowhere/x.png'), MnistcnnError);
  });
});

describe('files', () => {
  it('are predicted in their order, broken ones beside the others', async () => {
    const folder = await writeFolders(join(temporaryFolder(), 'images'), 30);
    const model = smallModel();
    await writeFile(join(folder, 'vertical', '005.png'), 'broken');
    await mkdir(join(folder, '.hidden'));
    await writeFile(join(folder, 'vertical', 'notes.txt'), 'no image');
    const steps = [];
    const results = await model.predictFolder(folder, {
      onFiles: (done, total) => steps.push([done, total]),
    });
    assert.equal(results.length, 90);
    assert.deepEqual(
      results.map(({ path }) => path),
      results.map(({ path }) => path).toSorted?.() ?? results.map(({ path }) => path),
    );
    const broken = results.filter(({ error }) => error);
    assert.equal(broken.length, 1);
    assert.ok(broken[0].path.endsWith('vertical/005.png') && broken[0].error.message.includes('005.png'));
    assert.equal(broken[0].error.code, 'MNISTCNN_FORMAT');
    assert.deepEqual(steps.at(-1), [90, 90]);
    const { path, ...prediction } = results[3];
    assert.deepEqual(await model.predict(path), prediction);
    assert.ok(CLASSES.includes(prediction.label));
    assert.deepEqual(await model.predictFiles([]), []);
    assert.deepEqual(await model.predictFiles(new Set([path]), { threads: 2 }), [results[3]]);
    await assert.rejects(model.predictFiles(path), TypeError);
    await assert.rejects(model.predictFiles([5]), { message: /paths\[0\]/ });
  });
});

describe('a page', () => {
  it('is read line by line', async () => {
    const model = await Model.pretrained();
    const page = await model.readDigits(
      pageOfOnes([
        [20, 10],
        [60, 12],
        [100, 9],
        [30, 70],
        [90, 72],
      ]),
    );
    assert.deepEqual(page.lines, ['111', '11']);
    assert.deepEqual([page.width, page.height], [200, 120]);
    assert.deepEqual(
      page.digits.map(({ line }) => line),
      [0, 0, 0, 1, 1],
    );
    const [first] = page.digits;
    assert.ok(
      Math.abs(first.box.left - 20) <= 4 && Math.abs(first.box.top - 10) <= 4,
      JSON.stringify(first.box),
    );
    assert.equal(first.verdict, 'found');
    assert.ok(first.probability > 0.5);
    assert.equal(first.probabilities.length, 10);
  });

  it('may be blank', async () => {
    const model = await Model.pretrained();
    assert.deepEqual((await model.readDigits(pageOfOnes([]))).digits, []);
    await assert.rejects(model.readDigits(Buffer.from('no image')), MnistcnnError);
  });

  it('has digits that are prepared as MNIST has them', async () => {
    const digit = await prepareDigit(pageOfOnes([[30, 20]], 60, 70));
    assert.equal(digit.verdict, 'found');
    assert.equal(digit.polarity, 'dark_on_light');
    assert.equal(digit.data.length, 28 * 28);
    assert.ok(digit.data[0] === 0 && Math.max(...digit.data) > 200);
    assert.equal((await prepareDigit(pageOfOnes([], 40, 40))).verdict, 'blank');
    assert.equal(
      (await prepareDigit(pageOfOnes([[10, 5]], 40, 40), { height: 20, width: 16 })).data.length,
      320,
    );
  });
});

it('a model of one channel and its size takes its images as they are', async () => {
  assert.equal(
    (await smallModel().predict({ data: pixels.subarray(0, SIDE * SIDE), width: SIDE, height: SIDE }))
      .probabilities.length,
    3,
  );
});
