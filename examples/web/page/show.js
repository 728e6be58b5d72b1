// What is shown in several places: bars, small images, downloads, what a screen reader is told.

export const $ = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in made && typeof value !== 'string') made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function percent(value) {
  if (value >= 0.9995) return '> 99.9 %';
  return value < 0.001 ? '< 0.1 %' : `${(100 * value).toFixed(1)} %`;
}

/** 1234567 as 1,234,567. toLocaleString() would load the tables of all languages when it is first called. */
export function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

// --- bars ------------------------------------------------------------------------------------------------------

/** Bars of probabilities, as a table. */
export class Bars {
  #body;
  #rows = [];

  constructor(table) {
    this.#body = table.tBodies[0];
  }

  set labels(labels) {
    this.#rows = labels.map((label) => {
      const bar = element('i');
      const number = element('span');
      const cell = element('td', {}, element('div', { class: 'bar' }, element('span', {}, bar), number));
      return { row: element('tr', {}, element('th', { scope: 'row' }, label), cell), bar, number };
    });
    this.#body.replaceChildren(...this.#rows.map(({ row }) => row));
    this.show(null);
  }

  show(probabilities) {
    const most = probabilities ? Math.max(...probabilities) : 0;
    this.#rows.forEach(({ row, bar, number }, i) => {
      const value = probabilities?.[i] ?? 0;
      row.classList.toggle('best', most > 0 && value === most);
      bar.style.setProperty('--part', value);
      number.textContent = most > 0 ? percent(value) : '';
    });
  }
}

// --- images ----------------------------------------------------------------------------------------------------

/** Gray bytes on a canvas of that size. */
export function showGray(canvas, bytes, side) {
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d');
  const image = context.createImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer); // little-endian, as WebAssembly is
  for (let i = 0; i < bytes.length; i++) pixels[i] = 0xff000000 | (bytes[i] * 0x10101);
  context.putImageData(image, 0, 0);
}

// Black through violet and orange to white.
const ramp = [
  [10, 8, 24],
  [67, 26, 116],
  [176, 50, 102],
  [246, 134, 50],
  [253, 231, 178],
];

function heat(value, out, at) {
  const place = Math.min(Math.max(value, 0), 1) * (ramp.length - 1);
  const i = Math.min(Math.floor(place), ramp.length - 2);
  for (let c = 0; c < 3; c++) out[at + c] = ramp[i][c] + (place - i) * (ramp[i + 1][c] - ramp[i][c]);
  out[at + 3] = 255;
}

/** One channel of an activation, in the colours of heat. */
export function showMap(canvas, { width, height, channels, data }, channel, most) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++)
    heat(most > 0 ? data[i * channels + channel] / most : 0, image.data, 4 * i);
  context.putImageData(image, 0, 0);
}

/** A filter: blue is against, red for. */
export function showFilter(canvas, { width, height, data }, index) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  const values = data.subarray(index * width * height, (index + 1) * width * height);
  const most = values.reduce((sum, v) => Math.max(sum, Math.abs(v)), 1e-9);
  values.forEach((value, i) => {
    const part = Math.abs(value) / most;
    const colour = value > 0 ? [224, 72, 56] : [48, 108, 224];
    image.data.set([...colour.map((c) => Math.round(245 + (c - 245) * part)), 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
}

// --- the rest --------------------------------------------------------------------------------------------------

let telling;

/** For screen readers: not more often than they can speak. */
export function tell(text) {
  clearTimeout(telling);
  telling = setTimeout(() => {
    if ($('live').textContent !== text) $('live').textContent = text;
  }, 600);
}

export function trouble(error) {
  $('trouble').textContent = error ? (error.message ?? String(error)) : '';
  $('trouble').hidden = !error;
}

export function download(bytes, name) {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** A file input behind a button; the same file may be chosen again. */
export function chooser(button, input, take) {
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    const [file] = input.files;
    input.value = '';
    if (file) take(file);
  });
}
