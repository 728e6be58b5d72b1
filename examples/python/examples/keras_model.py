"""A model of Keras, asked about images, and given back to Keras.

    keras_model.py MODEL.keras|MODEL.h5 IMAGES LABELS [OUT.keras]

IMAGES and LABELS are IDX files, by which the encoding of the input is found: the files do not say it.
"""

import sys

from mnistcnn import Dataset, Model

file, images, labels = sys.argv[1:4]
data = Dataset.from_idx(images, labels)

# %% Which encoding reads the images best.
encodings = Model.check_encodings(file, data)
for encoding, accuracy in encodings[:3]:
    print(f"{encoding}: {accuracy:.1%}")

# %% The model, without Keras.
model = Model.from_keras(file, encoding=encodings[0][0])
print(model.summary())
print(model.evaluate(data, loss="categorical_cross_entropy"))

# %% And back.
if len(sys.argv) > 4:
    model.export(sys.argv[4])
