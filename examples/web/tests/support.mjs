// What the tests have in common: the package as it is staged, and digits that a function draws.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export const packageFolder = path.resolve(import.meta.dirname, '..');

export const dist = (name) => path.join(packageFolder, 'dist', name);

/** Strokes of digits as people write them, in a square of 100. */
export const digits = {
  0: [arc(50, 50, 28, 42, 0, 360)],
  1: [
    [
      [38, 24],
      [52, 10],
      [52, 90],
    ],
  ],
  2: [[...arc(50, 32, 26, 24, 180, 375), [28, 88], [80, 88]]],
  3: [[...arc(46, 30, 24, 20, 190, 440), ...arc(46, 70, 26, 21, -80, 160)]],
  4: [
    [
      [58, 8],
      [20, 60],
      [84, 60],
    ],
    [
      [62, 34],
      [62, 94],
    ],
  ],
  5: [
    [[34, 12], [32, 46], ...arc(48, 64, 26, 24, -110, 140)],
    [
      [34, 12],
      [74, 12],
    ],
  ],
  6: [[[62, 8], [36, 44], ...arc(50, 68, 22, 22, -150, 200)]],
  7: [
    [
      [20, 14],
      [80, 14],
      [44, 92],
    ],
  ],
  8: [[...arc(50, 30, 20, 20, 90, 440), ...arc(50, 71, 25, 21, -90, 265)]],
  9: [[...arc(50, 32, 22, 23, 0, -360), [72, 40], [66, 92]]],
};

function arc(x, y, rx, ry, from, to) {
  return Array.from({ length: 25 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 24) * Math.PI) / 180;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
}

/** Numbers of a counter: the same in every run. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Strokes, turned and bent a little. */
export function wobble(strokes, next) {
  const angle = (next() - 0.5) * 0.3;
  const [c, s, stretch] = [Math.cos(angle), Math.sin(angle), 0.85 + 0.3 * next()];
  return strokes.map((stroke) =>
    stroke.map(([x, y]) => {
      const [dx, dy] = [(x - 50) * stretch + next() - 0.5, y - 50 + next() - 0.5];
      return [50 + c * dx - s * dy, 50 + s * dx + c * dy];
    }),
  );
}

/** Dark strokes on a light picture, at places: [{ strokes, x, y, scale }]. */
export function paint(width, height, items, pen = 3) {
  const data = new Uint8Array(width * height).fill(235);
  for (const { strokes, x, y, scale } of items) {
    for (const stroke of strokes) {
      for (let i = 1; i < stroke.length; i++) {
        const steps = 40;
        for (let t = 0; t <= steps; t++) {
          const px = x + scale * (stroke[i - 1][0] + ((stroke[i][0] - stroke[i - 1][0]) * t) / steps);
          const py = y + scale * (stroke[i - 1][1] + ((stroke[i][1] - stroke[i - 1][1]) * t) / steps);
          dot(data, width, height, px, py, pen);
        }
      }
    }
  }
  return { data, width, height };
}

function dot(data, width, height, x, y, pen) {
  for (let row = Math.floor(y - pen); row <= y + pen; row++) {
    for (let column = Math.floor(x - pen); column <= x + pen; column++) {
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      const ink = Math.min(Math.max(pen / 2 + 0.5 - Math.hypot(column - x, row - y), 0), 1);
      const at = row * width + column;
      data[at] = Math.min(data[at], Math.round(235 - 205 * ink));
    }
  }
}

// --- MNIST ---------------------------------------------------------------------------------------------------

/** { images, labels } of MNIST's test set, or null where MNISTCNN_MNIST_DIR does not say where it is. */
export async function mnist(count) {
  const folder = process.env.MNISTCNN_MNIST_DIR;
  if (!folder) return null;
  const { gunzipSync } = await import('node:zlib');
  const open = async (name) => gunzipSync(await readFile(path.join(folder, `${name}.gz`)));
  const images = await open('t10k-images-idx3-ubyte');
  const labels = await open('t10k-labels-idx1-ubyte');
  return {
    images: new Uint8Array(images.subarray(16, 16 + count * 784)),
    labels: labels.subarray(8, 8 + count),
  };
}
