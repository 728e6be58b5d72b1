// Drawing in Chromium: strokes give their digit, however they come.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { test } from 'node:test';

import { digits } from '../support.mjs';
import { answerIs, draw, pointers, sizes, withPage } from './support.mjs';

test('every digit that is drawn with the mouse is read, and what the network sees is shown', async () => {
  await withPage(
    async ({ page }) => {
      for (const [label, strokes] of Object.entries(digits)) {
        await page
          .locator('#clear')
          .click({ force: true })
          .catch(() => {});
        await draw(page, '#pad', strokes);
        await answerIs(page, label);
        assert.match(await page.textContent('#sure'), /% sure/);
        assert.equal(await page.locator('#bars tr.best th').textContent(), label);
      }
      const lit = await page.evaluate(() => {
        const { data } = document.getElementById('sees').getContext('2d').getImageData(0, 0, 28, 28);
        return data.filter((value, i) => i % 4 === 0 && value > 128).length;
      });
      assert.ok(lit > 40 && lit < 300, `${lit} bright pixels`);
      assert.equal(await page.locator('#maps .strip').count(), 4);
    },
    { viewport: { width: 1280, height: 900 } },
  );
});

test('touch: a second finger, a palm and a cancelled stroke do not spoil the drawing; the page does not scroll', async () => {
  await withPage(
    async ({ page }) => {
      assert.equal(await page.locator('#pad').evaluate((pad) => getComputedStyle(pad).touchAction), 'none');
      await pointers(page, '#pad', [
        ['pointerdown', 1, 20, 14],
        ['pointerdown', 2, 90, 90],
        ['pointermove', 2, 10, 90],
        ['pointermove', 1, 80, 14],
        ['pointerup', 2, 10, 90],
        ['pointermove', 1, 44, 92],
        ['pointerup', 1, 44, 92],
      ]);
      await answerIs(page, '7');
      await page.click('#clear');
      await answerIs(page, '–');
      // The palm comes first, the pen is what counts.
      await pointers(page, '#pad', [
        ['pointerdown', 3, 95, 95],
        ['pointermove', 3, 95, 60],
        ['pointerdown', 4, 20, 14, 'pen'],
        ['pointermove', 4, 80, 14, 'pen'],
        ['pointermove', 4, 44, 92, 'pen'],
        ['pointercancel', 4, 44, 92, 'pen'],
        ['pointermove', 4, 5, 5, 'pen'],
      ]);
      await answerIs(page, '7');
      await page.click('#undo');
      await answerIs(page, '–'); // the palm left nothing
      await page.click('#redo');
      await answerIs(page, '7');
    },
    { viewport: { width: 390, height: 844 }, hasTouch: true },
  );
});

test('the right button draws nothing, a resized window keeps the drawing', async () => {
  await withPage(async ({ page }) => {
    const box = await page.locator('#pad').boundingBox();
    await page.mouse.move(box.x + 50, box.y + 50);
    await page.mouse.down({ button: 'right' });
    await page.mouse.move(box.x + 150, box.y + 150);
    await page.mouse.up({ button: 'right' });
    assert.ok(await page.locator('#clear').isDisabled());
    await draw(page, '#pad', digits[4]);
    await answerIs(page, '4');
    await page.setViewportSize({ width: 500, height: 700 });
    await answerIs(page, '4');
    const inked = await page.evaluate(() => {
      const pad = document.getElementById('pad');
      const { data } = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height);
      return data.some((value, i) => i % 4 === 3 && value > 200);
    });
    assert.ok(inked);
  });
});

test('by keyboard alone: tabs, samples, a drawing with the arrow keys', async () => {
  await withPage(async ({ page }) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-draw');
    await page.keyboard.press('ArrowRight');
    assert.ok(await page.locator('#read').isVisible());
    await page.keyboard.press('Home');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'pad');
    for (const key of [...Array(7).fill('ArrowUp'), ' ', ...Array(15).fill('ArrowDown'), ' '])
      await page.keyboard.press(key);
    await answerIs(page, '1');
    await page.keyboard.press('Control+z');
    await answerIs(page, '–');
    await page.getByRole('button', { name: 'Sample 8' }).focus();
    await page.keyboard.press('Enter');
    await answerIs(page, '8');
    await page.waitForFunction(() => /^8, .* sure$/.test(document.getElementById('live').textContent));
  });
});

test('the network goes on when the canvas cannot be read', async () => {
  await withPage(async ({ page }) => {
    await page.evaluate(() => {
      CanvasRenderingContext2D.prototype.getImageData = () => {
        throw new Error('no');
      };
    });
    await draw(page, '#pad', digits[5]);
    await answerIs(page, '5');
  });
});

test('a model that is saved opens again; a file that is none is named', async () => {
  await withPage(
    async ({ page }) => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.click('#save-model')]);
      assert.equal(file.suggestedFilename(), 'model.safetensors');
      await page.setInputFiles('#model-file', await file.path());
      await page.waitForFunction(() => !document.getElementById('shipped-model').hidden);
      await draw(page, '#pad', digits[2]);
      await answerIs(page, '2');
      await page.setInputFiles('#model-file', {
        name: 'cat.safetensors',
        mimeType: '',
        buffer: Buffer.from('<html>no model</html>'),
      });
      await page.waitForFunction(() =>
        /^cat\.safetensors could not be opened: model data/.test(
          document.getElementById('trouble').textContent,
        ),
      );
      await page.click('#shipped-model');
      await answerIs(page, '2');
    },
    { acceptDownloads: true },
  );
});

test('a model of Keras opens, with three channels as with one', async (t) => {
  const folder = process.env.MNISTCNN_MODELS_DIR;
  if (!folder) return t.skip('MNISTCNN_MODELS_DIR is not set');
  await withPage(async ({ page }) => {
    for (const file of ['cnn-2.14.h5', 'tutorial-weights.h5']) {
      await page.setInputFiles('#model-file', `${folder}/${file}`);
      await page.waitForFunction(
        (name) => document.getElementById('model-text').textContent.startsWith(name),
        file,
      );
      await page.click('#samples button:nth-of-type(3)');
      await answerIs(page, '2');
    }
  });
});

// For people: SCREENSHOTS names a folder.
test(
  'pictures of the page in three sizes',
  { skip: !process.env.SCREENSHOTS && 'SCREENSHOTS is not set' },
  async () => {
    await mkdir(process.env.SCREENSHOTS, { recursive: true });
    for (const colorScheme of ['light', 'dark']) {
      for (const [name, [width, height]] of Object.entries(sizes)) {
        await withPage(
          async ({ page }) => {
            await page.getByRole('button', { name: 'Sample 3' }).click();
            await answerIs(page, '3');
            await page.screenshot({
              path: `${process.env.SCREENSHOTS}/draw-${name}-${colorScheme}.png`,
              fullPage: true,
            });
          },
          { viewport: { width, height }, colorScheme },
        );
      }
    }
  },
);
