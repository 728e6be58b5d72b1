// What users write, and what the compiler must refuse.
import { expectAssignable, expectError, expectType } from 'tsd';

import {
  Dataset,
  MnistcnnError,
  Model,
  Trainer,
  type ErrorCode,
  type Evaluation,
  type FailedFile,
  type FilePrediction,
  type Prediction,
  type Progress,
  type TrainResult,
} from '..';

const model = await Model.pretrained();
expectType<Model>(model);
expectType<Prediction>(await model.predict('a.png'));
expectType<Prediction>(await model.predict(Buffer.from('')));
expectType<Prediction>(
  await model.predict(new URL('file:///a.png'), { threads: 2, signal: AbortSignal.timeout(1) }),
);
expectType<Prediction>(await model.predict({ data: new Uint8ClampedArray(4), width: 1, height: 1 }));
expectType<Prediction>(model.predictSync(new ArrayBuffer(1)));
expectError(model.predictSync(new Blob([])));
expectError(model.predict(5));
expectError(model.predict(new Float32Array(4)));
expectError(model.predict('a.png', { thread: 2 }));

expectType<Model>(
  await Model.importFile('a.onnx', { encoding: 'unit', prepare: 'digit', onLog: console.log }),
);
expectType<Model>(Model.importFileSync(Buffer.from('')));
expectType<Model>(await Model.fromKeras('a.h5'));
expectError(Model.importFile('a.onnx', { encodings: 'unit' }));
expectError(Model.importFileSync('a.onnx', { signal: AbortSignal.timeout(1) }));

expectType<Float32Array>(await model.predictBatch(new Uint8Array(new SharedArrayBuffer(784))));
expectType<Float32Array>(model.predictBatchSync(new Float32Array(784)));
expectError(model.predictBatch([1, 2, 3]));
expectError(model.predictBatch(new Float64Array(784)));
expectError(model.predictBatchSync(new Float32Array(784), { signal: AbortSignal.timeout(1) }));

for (const result of await model.predictFiles(['a.png'])) {
  if (result.error) expectType<FailedFile>(result);
  else expectType<FilePrediction>(result);
}

const dataset = Dataset.fromArrays({
  pixels: new Uint8Array(64),
  labels: [0],
  shape: { height: 8, width: 8, channels: 1 },
});
expectType<Dataset>(dataset);
expectType<TrainResult>(await model.train(dataset, { optimizer: 'adamw', schedule: 'one_cycle', seed: 1n }));
expectError(model.train(dataset, { optimizer: 'adem' }));
expectError(model.train(dataset, { epoch: 3 }));
expectError(model.train(model));
expectError((dataset.shape.height = 3));

const trainer = await Trainer.create(model, dataset, { epochs: 3 });
export async function follow(): Promise<void> {
  for await (const progress of trainer) {
    expectType<Progress>(progress);
    expectAssignable<'step' | 'epoch_end' | 'validating' | 'loading' | 'evaluating'>(progress.event);
  }
}
expectType<Evaluation>(await model.evaluate(dataset, { onProgress: (progress: Progress) => progress.loss }));
// @ts-expect-error: models are loaded or created
new Model();
// @ts-expect-error: so are trainers
new Trainer();

try {
  await Model.load('none');
} catch (error) {
  if (error instanceof MnistcnnError) {
    expectType<ErrorCode>(error.code);
    expectType<number>(error.status);
  }
}

// What returns a promise has a twin that does not.
type Awaiting<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof T];
type Missing<T> = Exclude<`${Extract<Awaiting<T>, string>}Sync`, keyof T>;
declare const missing: [Missing<Model>, Missing<typeof Model>, Missing<Dataset>, Missing<typeof Dataset>];
expectType<[never, never, never, never]>(missing);
