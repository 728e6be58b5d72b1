// What callers give as a picture: pixels, or the strokes of a pen.
import { invalid } from './errors.js';

const maxSide = 4096;

export const polarities = { auto: 0, 'dark-on-light': 1, 'light-on-dark': 2 };

export function polarityOf(word = 'auto') {
  const polarity = polarities[word];
  if (polarity === undefined)
    throw invalid(`polarity: "${word}" is none of ${Object.keys(polarities).join(', ')}`);
  return polarity;
}

function checkSide(name, value) {
  if (!Number.isInteger(value) || value < 1 || value > maxSide) {
    throw invalid(`${name}: must be 1 to ${maxSide}, not ${value}`);
  }
}

/** Checks { data, width, height, channels? }, such as the ImageData of a canvas. */
export function pixelsOf(picture) {
  if (!picture || typeof picture !== 'object')
    throw invalid('a picture is { data, width, height } or { strokes }');
  const { data, width, height } = picture;
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw invalid('data: pixels are a Uint8Array or a Uint8ClampedArray, 0 to 255');
  }
  checkSide('width', width);
  checkSide('height', height);
  const channels = picture.channels ?? data.length / (width * height);
  if (![1, 2, 3, 4].includes(channels) || data.length !== width * height * channels) {
    throw invalid(
      `data: has ${data.length} bytes, which are no ${width} x ${height} pixels of 1 to 4 channels`,
    );
  }
  return { data, width, height, channels };
}

/** Checks [[[x, y], ...], ...] and flattens it. */
export function strokesOf(strokes) {
  if (!Array.isArray(strokes)) throw invalid('strokes: is a list of lists of points [x, y]');
  const used = strokes.filter((stroke) => stroke.length > 0);
  const points = Float32Array.from(used.flat(2));
  const lengths = Uint32Array.from(used, (stroke) => stroke.length);
  const count = lengths.reduce((sum, n) => sum + n, 0);
  if (points.length !== 2 * count || !points.every(Number.isFinite)) {
    throw invalid('strokes: every point is [x, y], two numbers');
  }
  return { points, lengths };
}
