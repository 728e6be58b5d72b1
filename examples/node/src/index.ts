/** Trains and runs small convolutional networks on images: handwritten digits, or images of your own. */
export { Dataset } from './dataset';
export { prepareDigit, prepareDigitSync, type PrepareDigitOptions } from './digits';
export { MnistcnnError, type ErrorCode } from './errors';
export { decodeImage, decodeImageSync, imageInfo, imageInfoSync, savePng, savePngSync } from './image';
export { hasFeature, libraryInfo } from './library';
export { Model } from './model';
export { drawPage } from './page';
export { Trainer } from './trainer';
export type * from './types';
