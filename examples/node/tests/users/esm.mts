// A user's program as an ES module, compiled as strictly as can be.
import { Model, Trainer, type Prediction, type Progress } from 'mnistcnn';

export async function read(path: string): Promise<Prediction> {
  const model = await Model.load(path);
  return model.predict(path);
}

export async function follow(trainer: Trainer): Promise<Progress[]> {
  const seen: Progress[] = [];
  for await (const progress of trainer) seen.push(progress);
  return seen;
}
