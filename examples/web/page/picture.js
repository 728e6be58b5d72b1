// Pictures from files: decoded by the browser, upright, at most as large as the module takes.

// What a canvas may have on all phones, and the library's longest side.
const mostPixels = 16_777_216;
const longestSide = 4096;

const signs = [
  {
    at: 4,
    text: 'ftyphei',
    what: 'It is a HEIC, as iPhones write: open this page in Safari, or save the photo as JPEG.',
  },
  { at: 4, text: 'ftypmif1', what: 'It is a HEIC: open this page in Safari, or save the photo as JPEG.' },
  { at: 0, text: '%PDF', what: 'It is a PDF: save its page as a picture.' },
  { at: 0, text: '<svg', what: 'It is an SVG: save it as PNG.' },
  { at: 0, text: '<?xml', what: 'It is an XML file, perhaps an SVG: save it as PNG.' },
];

async function reasonOf(file) {
  const start = new TextDecoder('latin1').decode(await file.slice(0, 64).arrayBuffer());
  return (
    signs.find(({ at, text }) => start.startsWith(text, at))?.what ??
    'The browser cannot decode it: is it a picture?'
  );
}

function sizeWithin(width, height) {
  const scale = Math.min(1, longestSide / Math.max(width, height), Math.sqrt(mostPixels / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/** { canvas, picture } of an image file: a canvas to show, pixels to read. */
export async function decode(file) {
  if (file.type === 'image/svg+xml') throw new Error(await reasonOf(file));
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(await reasonOf(file));
  }
  const { width, height } = sizeWithin(bitmap.width, bitmap.height);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { canvas, picture: { data, width, height } };
}

/** The file of a drop or a paste; null where there is none, but perhaps an address. */
export function fileOf(transfer) {
  const file = [...(transfer?.files ?? [])][0];
  if (file) return file;
  const item = [...(transfer?.items ?? [])].find(({ kind }) => kind === 'file');
  return item?.getAsFile() ?? null;
}
