"""A model of Keras (or of PyTorch, ONNX, LiteRT, TensorFlow.js), asked about images, and given to Keras.

    keras_model.py MODEL IMAGES LABELS [OUT.keras]

IMAGES and LABELS are IDX files, by which the encoding of the input is found: the files do not say it.
"""

import sys

from mnistcnn import Dataset, Model

file, images, labels = sys.argv[1:4]
data = Dataset.from_idx(images, labels)

# %% Which encoding reads the images best.
encodings = Model.check_encodings(file, data)
for tried in encodings[:3]:
    print(f"{tried.encoding}: {tried.accuracy:.1%} of {tried.count} images")

# %% The model, without its framework.
model = Model.import_file(file, encoding=encodings[0].encoding)
print(model.summary())
print(model.evaluate(data, loss="categorical_cross_entropy"))

# %% And back.
if len(sys.argv) > 4:
    model.export(sys.argv[4])
