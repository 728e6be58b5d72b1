// Trains a network on a folder with one sub-folder of images per class, stops it with Ctrl-C, and says how well
// it does on images that it has not seen.
//
//   node train.mjs FOLDER OUT.safetensors [EPOCHS]
import { Dataset, Model } from 'mnistcnn';

const [folder, out, epochs = '10'] = process.argv.slice(2);
const [training, validation] = (await Dataset.fromFolder(folder)).split(0.2);
const { height, width, channels } = training.shape;
const model = Model.create({
  inputHeight: height,
  inputWidth: width,
  inputChannels: channels,
  classNames: training.classNames,
  architecture: 'conv 8 3x3 same relu, maxpool 2, flatten, dense 32 relu, dense classes softmax',
});

const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
try {
  await model.train(training, {
    validation,
    epochs: Number(epochs),
    optimizer: 'adam',
    loss: 'categorical_cross_entropy',
    keepBest: true,
    signal: controller.signal,
    onProgress({ event, epoch, loss, validationAccuracy }) {
      if (event !== 'epoch_end') return;
      console.log(
        `epoch ${epoch}: loss ${loss.toFixed(4)}, validation accuracy ${validationAccuracy.toFixed(4)}`,
      );
    },
  });
} catch (error) {
  if (error.name !== 'AbortError') throw error;
  console.log('stopped; the model is as it was after the last step');
}
const { accuracy, confusion } = await model.evaluate(validation);
console.log(`accuracy ${accuracy.toFixed(4)}`);
console.table(confusion);
await model.save(out);
