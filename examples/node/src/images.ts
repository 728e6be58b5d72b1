// Images as they come: paths, files in memory, pixels.
import { types } from 'node:util';

import { checkBytes, checkInteger, checkPath, isUrl, typeError } from './check';
import type { ImageSource, Pixels } from './types';

/** A file: by its path, or its bytes. */
export type ImageFile =
  { readonly path: string; readonly bytes?: never } | { readonly bytes: Uint8Array; readonly path?: never };

const MAX_SIDE = 4096;

export async function imageFile(image: ImageSource): Promise<ImageFile> {
  return image instanceof Blob ? { bytes: new Uint8Array(await image.arrayBuffer()) } : imageFileSync(image);
}

export function imageFileSync(image: Exclude<ImageSource, Blob>): ImageFile {
  if (typeof image === 'string' || isUrl(image)) return { path: checkPath('image', image) };
  if (types.isAnyArrayBuffer(image)) return { bytes: encoded(new Uint8Array(image)) };
  if (types.isUint8Array(image)) return { bytes: encoded(checkBytes('image', image)) };
  if (isPixels(image)) return { bytes: bitmap(image) };
  throw typeError('image', 'a path, the bytes of an image file, a Blob, or { data, width, height }', image);
}

/** What others write to meanwhile must not change under a decoder. */
function encoded(bytes: Uint8Array): Uint8Array {
  return types.isSharedArrayBuffer(bytes.buffer) ? bytes.slice() : bytes;
}

function isPixels(image: unknown): image is Pixels {
  return (
    typeof image === 'object' && image !== null && 'data' in image && 'width' in image && 'height' in image
  );
}

// --- pixels as a file -------------------------------------------------------------------------------
//
// So that they are prepared as all other images. A BMP file is a header in front of the pixels: of its
// version 4, which says where in a pixel red, green, blue and alpha are.

const FILE_HEADER = 14;
const INFO_HEADER = 108;
const BITFIELDS = 3;
const MASKS = [0x000000ff, 0x0000ff00, 0x00ff0000, 0xff000000]; // the bytes R, G, B, A
const OPAQUE_MASKS = [0x000000ff, 0x0000ff00, 0x00ff0000, 0];

export function bitmap(pixels: Pixels): Uint8Array {
  const width = checkInteger('image.width', pixels.width, 1, MAX_SIDE);
  const height = checkInteger('image.height', pixels.height, 1, MAX_SIDE);
  const data = checkBytes('image.data', pixels.data);
  const channels =
    pixels.channels === undefined
      ? data.length / (width * height)
      : checkInteger('image.channels', pixels.channels, 1, 4);
  if (![1, 2, 3, 4].includes(channels) || data.length !== width * height * channels) {
    throw new RangeError(
      `image.data: ${data.length} bytes are not ${width} x ${height} pixels of 1 to 4 channels`,
    );
  }
  return channels === 1 ? grayBitmap(data, width, height) : colourBitmap(data, width, height, channels);
}

function header(
  width: number,
  height: number,
  bits: number,
  paletteBytes: number,
  imageBytes: number,
): Buffer {
  const offset = FILE_HEADER + INFO_HEADER + paletteBytes;
  const file = Buffer.alloc(offset + imageBytes);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(offset, 10);
  file.writeUInt32LE(INFO_HEADER, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(-height, 22); // the first row first
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  file.writeUInt32LE(imageBytes, 34);
  return file;
}

function grayBitmap(data: Uint8Array, width: number, height: number): Uint8Array {
  const stride = (width + 3) & ~3;
  const file = header(width, height, 8, 4 * 256, stride * height);
  file.writeUInt32LE(256, 46);
  for (let i = 0; i < 256; i++) file.writeUInt32LE(i * 0x010101, FILE_HEADER + INFO_HEADER + 4 * i);
  const start = file.length - stride * height;
  for (let y = 0; y < height; y++) file.set(data.subarray(y * width, (y + 1) * width), start + y * stride);
  return file;
}

function colourBitmap(data: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const file = header(width, height, 32, 0, 4 * width * height);
  file.writeUInt32LE(BITFIELDS, 30);
  const masks = channels === 3 ? OPAQUE_MASKS : MASKS;
  masks.forEach((mask, i) => {
    file.writeUInt32LE(mask, 54 + 4 * i);
  });
  const start = FILE_HEADER + INFO_HEADER;
  if (channels === 4) file.set(data, start);
  else if (channels === 3) spread(data, file, start, width * height);
  else spreadGrayAlpha(data, file, start, width * height);
  return file;
}

function spread(data: Uint8Array, file: Buffer, start: number, pixels: number): void {
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) file[start + 4 * i + c] = data[3 * i + c]!;
  }
}

function spreadGrayAlpha(data: Uint8Array, file: Buffer, start: number, pixels: number): void {
  for (let i = 0; i < pixels; i++) {
    file.fill(data[2 * i]!, start + 4 * i, start + 4 * i + 3);
    file[start + 4 * i + 3] = data[2 * i + 1]!;
  }
}
