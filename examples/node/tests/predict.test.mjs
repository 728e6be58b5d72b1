import assert from 'node:assert/strict';
import { readFile, stat, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import vm from 'node:vm';

import {
  decodeImage,
  decodeImageSync,
  drawPage,
  imageInfo,
  imageInfoSync,
  Model,
  MnistcnnError,
  prepareDigit,
  prepareDigitSync,
  savePng,
  savePngSync,
} from 'mnistcnn';
import {
  pageOfOnes,
  randomNumbers,
  SIDE,
  SMALL,
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
    assert.deepEqual(imageInfoSync(path), info);
    const decoded = await decodeImage(path);
    assert.deepEqual(decodeImageSync(path), decoded);
    savePngSync(page, path);
    assert.deepEqual(decodeImageSync(path), decoded);
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
    const told = [];
    const onFiles = (...state) => told.push(state);
    assert.deepEqual(model.predictFolderSync(folder, { onFiles }), results);
    assert.deepEqual(told.at(-1), [90, 90]);
    assert.deepEqual(model.predictFilesSync([path], { threads: 2 }), [results[3]]);
    assert.throws(() => model.predictFolderSync('/nowhere'), { code: 'ENOENT' });
    assert.throws(() => model.predictFilesSync([path], { signal: undefined }), { message: /signal/ });
    assert.deepEqual(await model.predictFiles(new Set([path]), { threads: 2 }), [results[3]]);
    await assert.rejects(model.predictFiles(path), TypeError);
    await assert.rejects(model.predictFiles([5]), { message: /paths\[0\]/ });
  });
});

/** A table of two rows and three columns, with a 1 in all cells but those in the middle. */
function drawForm() {
  const [width, height] = [360, 260];
  const data = new Uint8Array(width * height).fill(255);
  const fill = (top, left, high, wide) => {
    for (let y = top; y < top + high; y++) data.fill(0, y * width + left, y * width + left + wide);
  };
  for (const top of [20, 130, 240]) fill(top, 20, 3, 323);
  for (const left of [20, 127, 234, 340]) fill(20, left, 223, 3);
  for (const top of [45, 155]) for (const left of [70, 284]) fill(top, left, 60, 7);
  return { data, width, height };
}

/** A gray BMP file. */
function bitmapOf(data, width, height) {
  const header = Buffer.alloc(14 + 40 + 4 * 256);
  header.write('BM', 0, 'latin1');
  header.writeUInt32LE(header.length + data.length, 2);
  header.writeUInt32LE(header.length, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(-height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(8, 28);
  for (let i = 0; i < 256; i++) header.writeUInt32LE(i * 0x010101, 54 + 4 * i);
  return Buffer.concat([header, data]);
}

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
    assert.deepEqual(page.lines, ['1 1 1', '1 1']);
    assert.deepEqual([page.width, page.height], [200, 120]);
    assert.deepEqual(
      page.digits.map(({ line, column, number }) => [line, column, number]),
      [
        [0, 0, 0],
        [0, 1, 1],
        [0, 2, 2],
        [1, 0, 3],
        [1, 1, 4],
      ],
    );
    assert.deepEqual([page.isForm, page.cells, page.polarity], [false, [], 'dark_on_light']);
    assert.deepEqual(page.numbers[0].digits, [page.digits[0]]);
    assert.deepEqual(page.numbers[0].box, page.digits[0].box);
    const [first] = page.digits;
    assert.equal(first.image.length, 28 * 28);
    assert.deepEqual([first.label, first.index, first.isCut], ['1', 1, false]);
    assert.equal(first.probability, first.probabilities[1]);
    const drawn = drawPage(page, { href: 'a"b.png' });
    assert.equal(drawn.match(/<rect /g).length, 5);
    assert.equal(drawn.match(/<text [^>]*>1</g).length, 5);
    assert.ok(drawn.includes('href="a&quot;b.png"') && !drawPage(page).includes('<image'));
    assert.ok(
      Math.abs(first.box.left - 20) <= 4 && Math.abs(first.box.top - 10) <= 4,
      JSON.stringify(first.box),
    );
    assert.equal(first.verdict, 'found');
    assert.ok(first.probability > 0.5);
    assert.equal(first.probabilities.length, 10);
  });

  it('is read as numbers, of which some digits may be unclear', async () => {
    const model = await Model.pretrained();
    const image = pageOfOnes([
      [20, 10],
      [34, 10],
      [100, 9],
    ]);
    const page = await model.readDigits(image);
    assert.deepEqual(page.lines, ['11 1']);
    assert.deepEqual(
      page.numbers.map(({ text, line, digits }) => [text, line, digits.length]),
      [
        ['11', 0, 2],
        ['1', 0, 1],
      ],
    );
    const least = Math.min(...page.digits.map(({ probability }) => probability));
    const strict = await model.readDigits(image, { leastConfidence: Math.min(1, least + 1e-6) });
    assert.ok(strict.lines[0].includes('?'));
    const unclear = strict.digits.filter(({ verdict }) => verdict === 'unclear');
    assert.ok(unclear.length > 0 && unclear.every(({ label, index }) => label === undefined && index === -1));
    assert.deepEqual(model.readDigitsSync(image), page);
  });

  it('may be a form', async () => {
    const model = await Model.pretrained();
    const form = drawForm();
    const page = await model.readDigits(form, { form: true });
    assert.ok(page.isForm);
    assert.deepEqual(page.cells, [
      ['1', '', '1'],
      ['1', '', '1'],
    ]);
    assert.deepEqual(page.lines, ['1\t\t1', '1\t\t1']);
    const blank = page.digits.filter(({ verdict }) => verdict === 'blank');
    assert.deepEqual(
      blank.map(({ line, column, label, number }) => [line, column, label, number]),
      [
        [0, 1, undefined, undefined],
        [1, 1, undefined, undefined],
      ],
    );
    assert.deepEqual(model.readDigitsSync(form, { form: true }), page);
    assert.ok(!(await model.readDigits(form)).isForm);
  });

  it('that is larger than what is decoded has boxes in pixels of the file', async () => {
    const [width, height] = [4500, 600];
    const data = new Uint8Array(width * height).fill(255);
    for (let y = 100; y < 500; y++) data.fill(0, y * width + 4000, y * width + 4040);
    const path = join(temporaryFolder(), 'wide.bmp');
    await writeFile(path, bitmapOf(data, width, height));
    const page = await (await Model.pretrained()).readDigits(path);
    assert.deepEqual([page.width, page.height, page.lines], [width, height, ['1']]);
    const { top, left, height: high, width: wide } = page.digits[0].box;
    for (const [found, drawn] of [
      [top, 100],
      [left, 4000],
      [high, 400],
      [wide, 40],
    ])
      assert.ok(Math.abs(found - drawn) <= 6, JSON.stringify(page.digits[0].box));
  });

  it('with wrong options is refused', async () => {
    const model = await Model.pretrained();
    const image = pageOfOnes([[20, 10]]);
    await assert.rejects(model.readDigits(image, { form: 1 }), { message: /^form/ });
    await assert.rejects(model.readDigits(image, { leastConfidence: 2 }), { message: /least_confidence/ });
    assert.throws(() => model.readDigitsSync(image, { leastConfidence: 2 }), { message: /least_confidence/ });
    assert.throws(() => model.readDigitsSync(image, { signal: AbortSignal.abort() }), { message: /signal/ });
    await assert.rejects(smallModel().readDigits(image, { polarity: 'dark' }), { message: /^polarity/ });
    const tiny = Model.create({
      ...SMALL,
      inputHeight: 4,
      inputWidth: 4,
      architecture: 'flatten, dense classes softmax',
    });
    await assert.rejects(tiny.readDigits(image), { code: 'MNISTCNN_SHAPE_MISMATCH', message: /4 x 4/ });
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
    assert.deepEqual(prepareDigitSync(pageOfOnes([[30, 20]], 60, 70)), digit);
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
