// A user's program as a CommonJS module, compiled as strictly as can be.
import mnistcnn = require('mnistcnn');

export function count(pixels: Uint8Array): number {
  const model: mnistcnn.Model = mnistcnn.Model.create({ inputChannels: 1 });
  return model.predictBatchSync(pixels).length;
}
