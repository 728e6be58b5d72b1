// A page of the site in a real Chromium, whose console must stay silent.
import assert from 'node:assert/strict';

import { chromium } from 'playwright-core';

import { serve } from '../../tools/serve.mjs';

export const sizes = { phone: [390, 844], tablet: [820, 1180], desktop: [1280, 860] };

/** Runs `use` with { page, context, url }; fails where the page said anything or something was refused. */
export async function withPage(
  use,
  { site = process.env.SITE, path = '', hash = '', server, ...options } = {},
) {
  const { url, close } = server ?? (await serve(site));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  const messages = [];
  try {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => messages.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(blob|data):/.test(request.url()))
        messages.push(`request: ${request.url()}`);
    });
    await page.goto(url + path + hash);
    await ready(page);
    await use({ page, context, url, close });
  } finally {
    await browser.close();
    close();
  }
  assert.deepEqual(messages, []);
}

export async function ready(page) {
  await page.waitForFunction(() => document.documentElement.dataset.ready, null, { timeout: 30000 });
}

/** Draws strokes of a square of 100 on a pad with the mouse. */
export async function draw(page, pad, strokes) {
  await page.locator(pad).scrollIntoViewIfNeeded();
  const box = await page.locator(pad).boundingBox();
  const at = ([x, y]) => [box.x + (box.width * x) / 100, box.y + (box.height * y) / 100];
  for (const stroke of strokes) {
    await page.mouse.move(...at(stroke[0]));
    await page.mouse.down();
    for (const point of stroke.slice(1)) await page.mouse.move(...at(point));
    await page.mouse.up();
  }
}

/** Sends pointer events to a pad: [type, id, x, y, pointerType?]. */
export async function pointers(page, pad, events) {
  await page.locator(pad).evaluate((canvas, list) => {
    const box = canvas.getBoundingClientRect();
    for (const [type, pointerId, x, y, pointerType = 'touch'] of list) {
      canvas.dispatchEvent(
        new PointerEvent(type, {
          pointerId,
          pointerType,
          bubbles: true,
          cancelable: true,
          button: type === 'pointermove' ? -1 : 0,
          buttons: type === 'pointerup' ? 0 : 1,
          clientX: box.left + (box.width * x) / 100,
          clientY: box.top + (box.height * y) / 100,
        }),
      );
    }
  }, events);
}

export async function answerIs(page, label, output = '#answer') {
  await page.waitForFunction(
    ([id, text]) => document.querySelector(id).textContent === text,
    [output, label],
    { timeout: 10000 },
  );
}
