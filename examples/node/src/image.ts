// Images by themselves, without a model.
import { checkInteger, checkOptions, checkPath, checkSignal } from './check';
import { callForText, checkCall, Struct, type Arguments, type FunctionName } from './ffi';
import { bitmap, imageFile, imageFileSync, type ImageFile } from './images';
import { toObject } from './options';
import type {
  Box,
  DecodedImage,
  DecodeOptions,
  ImageInfo,
  ImageSource,
  Pixels,
  SyncImageSource,
} from './types';

/** What an image file holds, without decoding it. */
export async function imageInfo(image: ImageSource): Promise<ImageInfo> {
  return infoOf(await imageFile(image), 0);
}

export function imageInfoSync(image: SyncImageSource): ImageInfo {
  return infoOf(imageFileSync(image), 0);
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
  const { channels, signal } = decodeOptions(options, ['channels', 'signal']);
  return decode(decoding(await imageFile(image), channels, 0), signal);
}

export function decodeImageSync(
  image: SyncImageSource,
  options?: Omit<DecodeOptions, 'signal'>,
): DecodedImage {
  const { channels } = decodeOptions(options, ['channels']);
  return decodeSync(decoding(imageFileSync(image), channels, 0));
}

function decodeOptions(
  options: unknown,
  known: readonly string[],
): { channels: number; signal: AbortSignal | undefined } {
  const { channels, signal } = checkOptions('options', options, known) as DecodeOptions;
  checkSignal(signal);
  return { channels: channels === undefined ? 0 : checkInteger('channels', channels, 1, 4), signal };
}

// --- decoding ---------------------------------------------------------------------------------------

type Decoder = 'mnistcnn_image_decode_reduced_file' | 'mnistcnn_image_decode_reduced_memory';
type Call = { [N in Decoder & FunctionName]: { readonly name: N; readonly args: Arguments<N> } }[Decoder];

/** What is to be decoded, where to, and by which call. */
interface Decoding {
  readonly info: ImageInfo;
  readonly image: DecodedImage;
  readonly call: Call;
}

/** channels 0: those of the file; minSide 0: not reduced more than it must be. */
function decoding(file: ImageFile, channels: number, minSide: number): Decoding {
  return decodingOf(file, infoOf(file, minSide), channels, minSide);
}

/** The channels of the file, and alpha if there may be some: what digits are looked for in. */
export function decodingForDigits(file: ImageFile, minSide: number): Decoding {
  const info = infoOf(file, minSide);
  return decodingOf(file, info, info.channels + (info.hasAlpha ? 1 : 0), minSide);
}

function decodingOf(file: ImageFile, info: ImageInfo, channels: number, minSide: number): Decoding {
  const { height, width } = info;
  const count = channels || info.channels;
  const data = new Uint8Array(height * width * count);
  const call: Call =
    file.path !== undefined
      ? {
          name: 'mnistcnn_image_decode_reduced_file',
          args: [file.path, count, minSide, data, data.length],
        }
      : {
          name: 'mnistcnn_image_decode_reduced_memory',
          args: [file.bytes, file.bytes.length, count, minSide, data, data.length],
        };
  return { info, image: { data, height, width, channels: count }, call };
}

export async function decode({ image, call }: Decoding, signal?: AbortSignal): Promise<DecodedImage> {
  await callForText(call.name, call.args as never, { signal });
  return image;
}

export function decodeSync({ image, call }: Decoding): DecodedImage {
  checkCall(call.name, ...(call.args as never));
  return image;
}

/** A box in pixels of the whole file, upright, of one in those that were decoded. */
export function boxInFile({ factor, fileHeight, fileWidth }: ImageInfo, box: Box): Box {
  const top = box.top * factor;
  const left = box.left * factor;
  return {
    top,
    left,
    height: Math.min((box.top + box.height) * factor, fileHeight) - top,
    width: Math.min((box.left + box.width) * factor, fileWidth) - left,
  };
}

export function imageStruct({ data, height, width, channels }: DecodedImage): Struct<'mnistcnn_image'> {
  const struct = new Struct('mnistcnn_image').set('pixels', data).set('size_bytes', data.length);
  return struct.set('shape.height', height).set('shape.width', width).set('shape.channels', channels);
}

// --- writing ----------------------------------------------------------------------------------------

/** Writes a gray or RGB PNG file; an existing one is replaced when the new one is complete. */
export async function savePng(image: Pixels, path: string | URL): Promise<void> {
  const struct = pixelsStruct(image);
  await callForText('mnistcnn_image_save_png', [struct.bytes, checkPath('path', path)]);
}

export function savePngSync(image: Pixels, path: string | URL): void {
  const struct = pixelsStruct(image);
  checkCall('mnistcnn_image_save_png', struct.bytes, checkPath('path', path));
}

function pixelsStruct(image: Pixels): Struct<'mnistcnn_image'> {
  bitmap(image); // checks it
  const { data, width, height } = image;
  const channels = image.channels ?? data.length / (width * height);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return imageStruct({ data: bytes, height, width, channels });
}
