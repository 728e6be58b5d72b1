"""The Keras tutorial for MNIST: the network, its training, its accuracy, and one prediction.

    tutorial.py TRAIN_IMAGES TRAIN_LABELS TEST_IMAGES TEST_LABELS [EPOCHS]

The four files are those of MNIST (train-images-idx3-ubyte.gz, ...), as they are, plain or compressed.
"""

import sys

from mnistcnn import Dataset, Model

# %% The data: 60,000 digits to train with, 10,000 to test.
train = Dataset.from_idx(*sys.argv[1:3])
test = Dataset.from_idx(*sys.argv[3:5])
epochs = int(sys.argv[5]) if len(sys.argv) > 5 else 4
print(train, test)

# %% The network of the tutorial; without an architecture, this is what there is.
model = Model.create(train.shape, classes=10)
print(model.summary())

# %% Training: the progress is shown in a terminal or a notebook.
history = model.train(train, test, epochs=epochs, optimizer="adam", loss="categorical_cross_entropy")
for epoch in history:
    print(f"epoch {epoch.epoch}: loss {epoch.loss:.4f}, validation accuracy {epoch.validation_accuracy:.4f}")

# %% What it gets wrong.
evaluation = model.evaluate(test)
print(evaluation)
for index in evaluation.mistakes[:5]:
    print(f"image {index} is a {evaluation.labels[index]}, taken for a {evaluation.predictions[index]}")

# %% One image, as the network sees it.
image, label = test[0]
print(f"image 0 is a {label}; the model says {model.predict(image)}")
