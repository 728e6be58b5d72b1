"""A model of one's own images, from a folder with one sub-folder for each class.

own_folder.py FOLDER MODEL.safetensors [EPOCHS]
"""

import sys

from mnistcnn import Dataset, Model

folder, out = sys.argv[1:3]
epochs = int(sys.argv[3]) if len(sys.argv) > 3 else 10

# %% All images in one size. Broken files are left out, and counted.
data = Dataset.from_folder(folder, size=(28, 28), skip_broken=True)
train, validation = data.split(0.2, seed=1)
print(data, data.class_names, f"{data.num_skipped} skipped")

# %% A network of one's own, as a line of text.
model = Model.create(
    train.shape,
    data.class_names,
    "conv 16 3x3 relu, maxpool 2, conv 32 3x3 relu, maxpool 2, "
    "flatten, dense 128 relu, dense classes softmax",
)

# %% The best epoch is kept; classes with few images count as much as the others.
model.train(
    train,
    validation,
    epochs=epochs,
    optimizer="adam",
    loss="categorical_cross_entropy",
    class_weights="balanced",
    keep_best=True,
)

# %% How well each class is recognised.
evaluation = model.evaluate(validation)
for name, recall in zip(evaluation.class_names, evaluation.recall):
    print(f"{name}: {recall:.1%}")

# %% The file has all that a prediction needs: it is loaded, and asked about images.
model.save(out)
for prediction in Model.load(out).predict_files(folder)[:3]:
    print(prediction.path, prediction.label or prediction.error)
