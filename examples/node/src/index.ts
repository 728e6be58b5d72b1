/** Trains and runs small convolutional networks on images: handwritten digits, or images of your own. */
export { Dataset } from './dataset';
export { prepareDigit, type PrepareDigitOptions } from './digits';
export { MnistcnnError, type ErrorCode } from './errors';
export { decodeImage, imageInfo, savePng } from './image';
export { hasFeature, libraryInfo } from './library';
export { Model } from './model';
export { Trainer } from './trainer';
export type * from './types';
