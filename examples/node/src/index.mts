// The package as an ES module: the same code, so that both kinds in one program share their objects.
export {
  Dataset,
  decodeImage,
  hasFeature,
  imageInfo,
  libraryInfo,
  MnistcnnError,
  Model,
  prepareDigit,
  savePng,
  Trainer,
} from './index.js';
export type * from './index.js';
