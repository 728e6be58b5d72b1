// Images by themselves, without a model.
import { checkInteger, checkOptions, checkPath, checkSignal } from './check';
import { callForText, checkCall, Struct } from './ffi';
import { bitmap, imageFile, type ImageFile } from './images';
import { toObject } from './options';
import type { DecodedImage, DecodeOptions, ImageInfo, ImageSource, Pixels } from './types';

/** What an image file holds, without decoding it. */
export async function imageInfo(image: ImageSource): Promise<ImageInfo> {
  return infoOf(await imageFile(image), 0);
}

export function infoOf(file: ImageFile, minSide: number): ImageInfo {
  const struct = new Struct('mnistcnn_image_info');
  if (file.path !== undefined) checkCall('mnistcnn_image_read_info_file', file.path, minSide, struct.bytes);
  else checkCall('mnistcnn_image_read_info_memory', file.bytes, file.bytes.length, minSide, struct.bytes);
  const info = toObject(struct) as unknown as ImageInfo & { format: unknown };
  return { ...info, format: FORMATS[struct.number('format')]! };
}

const FORMATS: Readonly<Record<number, ImageInfo['format']>> = { 1: 'png', 2: 'jpeg', 3: 'bmp' };

/** Decodes a PNG, JPEG or BMP file: upright, and reduced where it is very large. */
export async function decodeImage(image: ImageSource, options?: DecodeOptions): Promise<DecodedImage> {
  const given = checkOptions('options', options, ['channels', 'signal']) as DecodeOptions;
  checkSignal(given.signal);
  const channels = given.channels === undefined ? 0 : checkInteger('channels', given.channels, 1, 4);
  return decodeFile(await imageFile(image), channels, 0, given.signal);
}

/** channels 0: those of the file; minSide 0: not reduced more than it must be. */
export async function decodeFile(
  file: ImageFile,
  channels: number,
  minSide: number,
  signal?: AbortSignal,
): Promise<DecodedImage> {
  const info = infoOf(file, minSide);
  const { height, width } = info;
  const count = channels || info.channels;
  const data = new Uint8Array(height * width * count);
  if (file.path !== undefined) {
    await callForText('mnistcnn_image_decode_reduced_file', [file.path, count, minSide, data, data.length], {
      signal,
    });
  } else {
    const { bytes } = file;
    await callForText(
      'mnistcnn_image_decode_reduced_memory',
      [bytes, bytes.length, count, minSide, data, data.length],
      { signal },
    );
  }
  return { data, height, width, channels: count };
}

/** Writes a gray or RGB PNG file; an existing one is replaced when the new one is complete. */
export async function savePng(image: Pixels, path: string | URL): Promise<void> {
  bitmap(image); // checks it
  const channels = image.channels ?? image.data.length / (image.width * image.height);
  const struct = new Struct('mnistcnn_image').set('pixels', image.data).set('size_bytes', image.data.length);
  struct.set('shape.height', image.height).set('shape.width', image.width).set('shape.channels', channels);
  await callForText('mnistcnn_image_save_png', [struct.bytes, checkPath('path', path)]);
}
