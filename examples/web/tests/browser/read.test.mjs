// Reading pages in Chromium.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { withPage } from './support.mjs';

const options = { hash: '#read', viewport: { width: 1100, height: 900 } };

test('the example is read, its boxes say what they are', async () => {
  await withPage(async ({ page }) => {
    await page.click('#example');
    await page.waitForSelector('.box');
    assert.equal(await page.textContent('#numbers'), '0171 2836450\n49 308\n1976 25');
    assert.equal(await page.locator('.box').count(), 22);
    await page.getByRole('button', { name: /^Line 2: 9,/ }).click();
    assert.equal(await page.textContent('#digit-title'), 'Line 2: 9');
    assert.equal(await page.locator('#digit-bars tr.best th').textContent(), '9');
    // Boxes lie on their digits: all within the picture.
    const [picture, ...boxes] = await page
      .locator('#picture-canvas, .box')
      .evaluateAll((list) => list.map((each) => each.getBoundingClientRect().toJSON()));
    for (const box of boxes)
      assert.ok(
        box.left >= picture.left - 1 && box.right <= picture.right + 1 && box.bottom <= picture.bottom + 1,
      );
  }, options);
});

// A picture that the page makes of its example, in a format that the library itself does not read.
async function pictureFile(page, type) {
  await page.click('#example');
  await page.waitForSelector('.box');
  const bytes = await page.evaluate(async (mime) => {
    const blob = await new Promise((resolve) =>
      document.getElementById('picture-canvas').toBlob(resolve, mime),
    );
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, type);
  return Buffer.from(bytes);
}

test('files are read: WebP, JPEG and PNG, dropped and chosen, twice the same', async () => {
  await withPage(async ({ page }) => {
    for (const type of ['image/webp', 'image/jpeg', 'image/png']) {
      const buffer = await pictureFile(page, type);
      for (let i = 0; i < 2; i++) {
        await page.evaluate(() => document.getElementById('numbers').replaceChildren());
        await page.setInputFiles('#picture-file', { name: `page.${type.slice(6)}`, mimeType: type, buffer });
        await page.waitForFunction(() => document.getElementById('numbers').textContent.length > 4);
        assert.match(await page.textContent('#numbers'), /^0171 2836450\n49 308\n1976 25$/);
      }
    }
    await page.evaluate(() => document.getElementById('numbers').replaceChildren());
    await page.evaluate(async () => {
      const blob = await new Promise((resolve) =>
        document.getElementById('picture-canvas').toBlob(resolve, 'image/png'),
      );
      const transfer = new DataTransfer();
      transfer.items.add(new File([blob], 'dropped.png', { type: 'image/png' }));
      document
        .getElementById('drop')
        .dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    await page.waitForFunction(() => document.getElementById('numbers').textContent.startsWith('0171'));
  }, options);
});

test('what cannot be read is named, and the page goes on', async () => {
  await withPage(async ({ page }) => {
    const trouble = (pattern) =>
      page.waitForFunction(
        (text) => new RegExp(text).test(document.getElementById('trouble').textContent),
        pattern,
      );
    const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(60)]);
    await page.setInputFiles('#picture-file', { name: 'photo.heic', mimeType: 'image/heic', buffer: heic });
    await trouble('photo.heic .* HEIC');
    await page.setInputFiles('#picture-file', {
      name: 'a.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    });
    await trouble('a.svg .* SVG');
    await page.setInputFiles('#picture-file', {
      name: 'a.png',
      mimeType: 'image/png',
      buffer: Buffer.from('nothing'),
    });
    await trouble('a.png .* cannot decode');
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.setData('text/uri-list', 'https://example.org/a.png');
      document.dispatchEvent(
        new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
      );
    });
    await trouble('address or a text');
    await page.click('#example');
    await page.waitForSelector('.box');
    assert.ok(await page.locator('#trouble').isHidden());
  }, options);
});

test("other people's pages are read", async (t) => {
  const folder = process.env.MNISTCNN_DIGITS_DIR;
  if (!folder) return t.skip('MNISTCNN_DIGITS_DIR is not set');
  const labels = (await readFile(path.join(folder, 'labels.tsv'), 'utf8'))
    .split('\n')
    .map((line) => line.split('\t'));
  const pages = labels.filter(([file]) => file?.startsWith('many/')).slice(0, 8);
  await withPage(async ({ page }) => {
    let digits = 0;
    for (const [file] of pages) {
      await page.evaluate(() => document.getElementById('reading').replaceChildren());
      await page.setInputFiles('#picture-file', path.join(folder, file));
      await page.waitForFunction(
        () => /ms|no digits/.test(document.getElementById('reading').textContent),
        null,
        { timeout: 30000 },
      );
      digits += (await page.textContent('#numbers')).replace(/\D/g, '').length;
    }
    assert.ok(digits >= pages.length, `${digits} digits on ${pages.length} pages`);
  }, options);
});
