// The page as a whole: accessible, offline, at home on any static server, with any module that is there.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { digits } from '../support.mjs';
import { answerIs, draw, ready, sizes, withPage } from './support.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core');

async function findings(page) {
  const source = await readFile(axe, 'utf8');
  await page.evaluate(source); // by the protocol, which the page's policy does not concern
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

for (const [name, [width, height]] of Object.entries(sizes)) {
  for (const colorScheme of name === 'phone' ? ['light', 'dark'] : [name === 'tablet' ? 'dark' : 'light']) {
    test(`axe finds nothing, and nothing is wider than the screen: ${name}, ${colorScheme}`, async () => {
      await withPage(
        async ({ page }) => {
          await page.getByRole('button', { name: 'Sample 6' }).click();
          await answerIs(page, '6');
          assert.deepEqual(await findings(page), []);
          await page.click('#tab-read');
          await page.click('#example');
          await page.waitForSelector('.box');
          await page.locator('.box').first().click();
          assert.deepEqual(await findings(page), []);
          await page.click('#tab-teach');
          await draw(page, '#teach-pad', digits[3]);
          await page.click('#add-example');
          assert.deepEqual(await findings(page), []);
          for (const tab of ['draw', 'read', 'teach']) {
            await page.click(`#tab-${tab}`);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            assert.ok(wide <= 0, `${tab} is ${wide} pixels too wide`);
          }
        },
        {
          viewport: { width, height },
          colorScheme,
          reducedMotion: name === 'tablet' ? 'reduce' : 'no-preference',
        },
      );
    });
  }
}

test('buttons are large enough for fingers', async () => {
  await withPage(
    async ({ page }) => {
      const small = await page
        .locator('button:visible:not(.map), [role=tab]:visible')
        .evaluateAll((list) =>
          list
            .filter((button) => button.getBoundingClientRect().height < 43.9)
            .map((button) => button.textContent),
        );
      assert.deepEqual(small, []);
    },
    { viewport: { width: 390, height: 844 } },
  );
});

test('it works offline once it says so', async () => {
  await withPage(async ({ page, close }) => {
    await page.waitForFunction(() => document.getElementById('offline').textContent !== '');
    close();
    await page.context().setOffline(true);
    await page.reload();
    await ready(page);
    await draw(page, '#pad', digits[9]);
    await answerIs(page, '9');
    await page.click('#tab-read');
    await page.click('#example');
    await page.waitForSelector('.box');
  });
});

test('a server that knows no types serves it as well', async () => {
  const folder = process.env.SITE;
  const types = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
  };
  const server = createServer(async (request, response) => {
    const name = new URL(request.url, 'http://localhost').pathname.replace(/\/$/, '/index.html');
    const bytes = await readFile(path.join(folder, name)).catch(() => null);
    response
      .writeHead(bytes ? 200 : 404, {
        'content-type': types[path.extname(name)] ?? 'application/octet-stream',
      })
      .end(bytes ?? '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await withPage(
    async ({ page }) => {
      await draw(page, '#pad', digits[0]);
      await answerIs(page, '0');
    },
    { server: { url: `http://localhost:${server.address().port}/`, close: () => server.close() } },
  );
});

// Only one of the modules is there, the others are pages of HTML, as some servers answer.
for (const variant of ['plain', 'simd', 'relaxed']) {
  test(`only the module ${variant} is there`, async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'mnistcnn-site-'));
    try {
      await cp(process.env.SITE, folder, { recursive: true });
      const [version] = (await readdir(folder)).filter((name) => name.startsWith('v-'));
      for (const other of ['plain', 'simd', 'relaxed']) {
        if (other !== variant)
          await writeFile(path.join(folder, version, 'dist', `mnistcnn-${other}.wasm`), '<!doctype html>');
      }
      await withPage(
        async ({ page }) => {
          await draw(page, '#pad', digits[5]);
          await answerIs(page, '5');
          assert.match(
            await page.textContent('#engine'),
            { plain: /without SIMD/, simd: /, SIMD/, relaxed: /relaxed/ }[variant],
          );
        },
        { site: folder },
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

// f32x4.sub in the place of f32x4.add.
function corrupt(bytes) {
  const add = [0xfd, 0xe4, 0x01];
  let changed = 0;
  for (let at = 8; at < bytes.length - 3; at++) {
    if (add.every((byte, i) => bytes[at + i] === byte)) {
      bytes[at + 1]++;
      changed++;
    }
  }
  assert.ok(changed > 0);
  return bytes;
}

test('a module that computes something else gives way to the next one', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mnistcnn-site-'));
  try {
    await cp(process.env.SITE, folder, { recursive: true });
    const [version] = (await readdir(folder)).filter((name) => name.startsWith('v-'));
    const file = path.join(folder, version, 'dist/mnistcnn-relaxed.wasm');
    await writeFile(file, corrupt(await readFile(file)));
    await withPage(
      async ({ page }) => {
        assert.match(await page.textContent('#engine'), /, SIMD/);
        await draw(page, '#pad', digits[5]);
        await answerIs(page, '5');
      },
      { site: folder },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
