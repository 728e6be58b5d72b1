// The package as an ES module: the same code, so that both kinds in one program share their objects.
export {
  Dataset,
  decodeImage,
  decodeImageSync,
  drawPage,
  hasFeature,
  imageInfo,
  imageInfoSync,
  libraryInfo,
  MnistcnnError,
  Model,
  prepareDigit,
  prepareDigitSync,
  savePng,
  savePngSync,
  Trainer,
} from './index.js';
export type * from './index.js';
