// Teaching in Chromium, to the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { digits, random, wobble } from '../support.mjs';
import { answerIs, draw, withPage } from './support.mjs';

const signs = {
  cross: [
    [
      [15, 15],
      [50, 50],
      [85, 85],
    ],
    [
      [85, 15],
      [50, 50],
      [15, 85],
    ],
  ],
  smile: [
    digits[0][0].map(([x, y]) => [50 + (x - 50) * 1.4, y]),
    [
      [38, 38],
      [38, 42],
    ],
    [
      [62, 38],
      [62, 42],
    ],
    [
      [34, 62],
      [50, 74],
      [66, 62],
    ],
  ],
  arrow: [
    [
      [10, 50],
      [50, 50],
      [90, 50],
    ],
    [
      [65, 28],
      [90, 50],
      [65, 72],
    ],
  ],
};

async function teach(page, each) {
  const next = random(11);
  await page.click('#add-class');
  for (const [i, [name, strokes]] of Object.entries(signs).entries()) {
    await page.locator('.class input[type=text]').nth(i).fill(name);
    for (let n = 0; n < each; n++) {
      await draw(page, '#teach-pad', wobble(strokes, next));
      await page.click('#add-example');
    }
  }
}

const options = { hash: '#teach', viewport: { width: 1280, height: 1400 } };

test('three signs are taught, recognised, saved and opened again', async () => {
  await withPage(async ({ page }) => {
    assert.ok(await page.locator('#train').isDisabled());
    await teach(page, 9);
    assert.match(await page.textContent('#train-text'), /Ready: 3 signs, 27 examples/);
    await page.click('#train');
    await page.waitForFunction(
      () => document.getElementById('train-text').textContent.startsWith('Trained'),
      null,
      { timeout: 60000 },
    );
    assert.match(
      await page.textContent('#train-text'),
      /Of \d+ examples that it was not shown, \d+ are right/,
    );
    assert.equal(await page.locator('#curve path').count(), 2);
    const next = random(5);
    for (const [name, strokes] of Object.entries(signs)) {
      await page.click('#clear-try');
      await draw(page, '#try-pad', wobble(strokes, next));
      await answerIs(page, name, '#try-answer');
    }
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('#save-taught')]);
    assert.equal(file.suggestedFilename(), 'my-signs.safetensors');
    await page.click('#tab-draw');
    await page.setInputFiles('#model-file', await file.path());
    await page.waitForFunction(() => document.querySelectorAll('#bars tbody tr').length === 3);
    await draw(page, '#pad', signs.smile);
    await answerIs(page, 'smile');
  }, options);
});

test('training is stopped, the page stays awake, and what is missing is said', async () => {
  await withPage(async ({ page }) => {
    assert.match(await page.textContent('#train-text'), /4 of “A”, 4 of “B”/);
    await teach(page, 5);
    await page.evaluate(() => {
      let last = performance.now();
      window.longest = 0;
      const look = () => {
        window.longest = Math.max(window.longest, performance.now() - last);
        last = performance.now();
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.click('#train');
    await page.waitForFunction(() => document.getElementById('progress').value > 0.02, null, {
      timeout: 30000,
    });
    await page.click('#cancel');
    await page.waitForFunction(() => document.getElementById('train-text').textContent === 'Stopped.');
    console.log(`# longest gap between frames: ${(await page.evaluate(() => window.longest)).toFixed(0)} ms`);
    assert.ok(await page.locator('#train').isEnabled());
    await page.locator('.class input[type=text]').nth(1).fill('cross');
    assert.match(await page.textContent('#train-text'), /same name/);
    await page.click('#forget');
    assert.match(await page.textContent('#train-text'), /4 of “A”, 4 of “B”/);
  }, options);
});

test('an example is added by itself a moment after the pen is lifted', async () => {
  await withPage(async ({ page }) => {
    await draw(page, '#teach-pad', signs.cross);
    await page.waitForFunction(() => document.querySelector('.class .count').textContent === '1');
    await page.click('#undo-example');
    assert.equal(await page.locator('.class .count').first().textContent(), '0');
  }, options);
});
