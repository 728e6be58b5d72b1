"""The shipped model, trained further with one's own digits.

    fine_tune.py FOLDER MODEL.safetensors [EPOCHS]

The folder has the sub-folders 0 to 9, or some of them, with scans or photos of single digits.
"""

import sys

from mnistcnn import Dataset, Model

folder, out = sys.argv[1:3]
epochs = int(sys.argv[3]) if len(sys.argv) > 3 else 3

# %% The digits are found and rendered as the model takes them.
model = Model.pretrained()
data = Dataset.from_folder(folder, model=model, skip_broken=True)

# %% The model knows ten classes, whichever of them the folder has.
train, test = data.with_classes(model.class_names).split(0.25)

# %% A small learning rate: what the model has learnt from others stays.
before = model.evaluate(test)
model.train(
    train,
    epochs=epochs,
    optimizer="adam",
    learning_rate=0.0001,
    loss="categorical_cross_entropy",
    augment="affine_elastic",
    rotation=10,
    shift=1.5,
    zoom=0.1,
)
after = model.evaluate(test)
print(f"accuracy before {before.accuracy:.1%}, after {after.accuracy:.1%}, on {len(test)} other images")
model.save(out)
