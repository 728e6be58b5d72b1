// One digit of an image, as it is prepared for a network.
import { enums } from './abi';
import { checkInteger, checkOptions, checkSignal } from './check';
import { call, callAsync, check, defaults, ErrorBuffer, Struct } from './ffi';
import { boxInFile, decode, decodeSync, decodingForDigits, imageStruct } from './image';
import { imageFile, imageFileSync } from './images';
import { setOptions, wordOf } from './options';
import type {
  DecodedImage,
  DigitOptions,
  ImageInfo,
  ImageSource,
  PreparedDigit,
  SyncImageSource,
} from './types';

export interface PrepareDigitOptions extends DigitOptions {
  readonly signal?: AbortSignal;
  /** Of the prepared image, 8..1024, default 28. */
  readonly height?: number;
  readonly width?: number;
}

const OPTIONS = ['polarity', 'height', 'width'];

/** Prepares the digit that an image shows as MNIST has its digits: light on black, of one size, in the middle. */
export async function prepareDigit(
  image: ImageSource,
  options?: PrepareDigitOptions,
): Promise<PreparedDigit> {
  const given = checkOptions('options', options, [...OPTIONS, 'signal']) as PrepareDigitOptions;
  checkSignal(given.signal);
  const wish = new Preparing(given);
  const source = decodingForDigits(await imageFile(image), enums.digit_limit.enough);
  const struct = imageStruct(await decode(source, given.signal));
  const status = await callAsync('mnistcnn_digit_prepare', wish.arguments(struct), [struct, wish], {
    signal: given.signal,
  });
  check(status, wish.error);
  return wish.result(source.info);
}

export function prepareDigitSync(
  image: SyncImageSource,
  options?: Omit<PrepareDigitOptions, 'signal'>,
): PreparedDigit {
  const wish = new Preparing(checkOptions('options', options, OPTIONS));
  const source = decodingForDigits(imageFileSync(image), enums.digit_limit.enough);
  const struct = imageStruct(decodeSync(source));
  check(call('mnistcnn_digit_prepare', ...wish.arguments(struct)), wish.error);
  return wish.result(source.info);
}

/** What the call reads and writes besides the image. */
class Preparing {
  readonly error = new ErrorBuffer();
  private readonly options: Struct<'mnistcnn_digit_options'>;
  private readonly image: DecodedImage & { readonly channels: 1 };
  private readonly info = new Struct('mnistcnn_digit_info');

  constructor(given: PrepareDigitOptions) {
    const height = checkInteger('height', given.height ?? 28, 8, 1024);
    const width = checkInteger('width', given.width ?? 28, 8, 1024);
    this.image = { data: new Uint8Array(height * width), height, width, channels: 1 };
    this.options = defaults('mnistcnn_digit_options').set('height', height).set('width', width);
    setOptions(this.options, { polarity: given.polarity }).point('error', this.error);
  }

  arguments(image: Struct<'mnistcnn_image'>) {
    const { data } = this.image;
    return [image.bytes, this.options.bytes, data, data.length, this.info.bytes] as const;
  }

  result(file: ImageInfo): PreparedDigit {
    const { info } = this;
    const number = (field: 'top' | 'left' | 'height' | 'width') => info.number(field);
    const verdict = info.number('verdict');
    return {
      ...this.image,
      box: boxInFile(file, {
        top: number('top'),
        left: number('left'),
        height: number('height'),
        width: number('width'),
      }),
      verdict: wordOf('digit_verdict', verdict),
      reason: call('mnistcnn_digit_verdict_text', verdict)!,
      polarity: wordOf('polarity', info.number('polarity')),
    };
  }
}
