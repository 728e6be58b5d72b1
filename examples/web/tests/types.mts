// What a user's compiler sees.
import { type Page, type Prediction, load, open, train, activations, MnistcnnError } from 'mnistcnn-web';

const model = await load();
const answer: Prediction = model.predict({
  strokes: [
    [
      [1, 2],
      [3, 4],
    ],
  ],
});
const label: string | null = answer.label;
const page: Page = model.readDigits(
  { data: new Uint8ClampedArray(4), width: 1, height: 1 },
  { form: true, polarity: 'auto' },
);
const library = await open({ variant: 'simd' });
const { model: taught, heldOut } = await train(
  {
    images: library.renderStrokes([[[1, 2]]]),
    labels: [0],
    classes: ['a', 'b'],
    settings: { epochs: 3, optimizer: 'adamw' },
  },
  { onProgress: ({ fraction }) => console.log(fraction), signal: AbortSignal.abort() },
);
console.log(
  label,
  page.text,
  heldOut?.accuracy,
  taught.save({ bits: 8 }),
  activations(model, answer.prepared),
  MnistcnnError,
);
// @ts-expect-error: there is no such polarity
model.predict({ data: new Uint8Array(1), width: 1, height: 1 }, { polarity: 'blue' });
// @ts-expect-error: labels are needed
await train({ images: new Uint8Array(784), classes: ['a', 'b'] });
