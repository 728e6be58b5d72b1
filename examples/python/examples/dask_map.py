"""Predicts any number of images on a cluster of Dask: a map over batches of files.

    dask_map.py FOLDER OUT.csv [--scheduler ADDRESS | --workers N] [--batch N] [--model FILE]

Without a scheduler, N processes of this machine are the cluster. The model goes to each worker once, as the
bytes of its file. Names are streamed: no more batches are under way than keep the workers busy, and results
are written as they come. A worker that is lost has its batches done by others; each image is answered once.
"""

import argparse
import csv
import itertools
import os
import sys

from dask.distributed import Client, as_completed, get_worker

import mnistcnn

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp")
BATCHES_PER_WORKER = 4


def images_below(folder):
    """The paths of all images, one after the other: there may be millions."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.lower().endswith(ENDINGS):
                yield os.path.join(place, name)


def batches(items, size):
    items = iter(items)
    while batch := list(itertools.islice(items, size)):
        yield batch


def predict(content, paths):
    """In a worker: rows (path, label, confidence, error). The model is made once in each."""
    worker = get_worker()
    if not hasattr(worker, "mnistcnn_model"):
        worker.mnistcnn_model = mnistcnn.Model.from_bytes(content)
    return [
        (found.path, found.label or "", f"{found.confidence:.6f}", str(found.error or ""))
        for found in worker.mnistcnn_model.predict_files(paths, threads=1)
    ]


def predict_all(client, model, paths, batch_size):
    """Yields the rows of each batch as it is done."""
    content = client.scatter(model.to_bytes(), broadcast=True)
    waiting = batches(paths, batch_size)
    most = BATCHES_PER_WORKER * max(1, len(client.scheduler_info()["workers"]))

    def submit(batch):
        # Not pure: the same names may stand for other images next time.
        return client.submit(predict, content, batch, pure=False, retries=3)

    running = as_completed([submit(batch) for batch in itertools.islice(waiting, most)], with_results=True)
    for _, rows in running:
        yield rows
        for batch in itertools.islice(waiting, 1):
            running.add(submit(batch))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--scheduler")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--model")
    return parser.parse_args()


def main():
    arguments = parse()
    model = mnistcnn.Model.load(arguments.model) if arguments.model else mnistcnn.Model.pretrained()
    if arguments.scheduler:
        client = Client(arguments.scheduler)
    else:
        client = Client(n_workers=arguments.workers, threads_per_worker=1, dashboard_address=None)
    count = 0
    with client, open(arguments.out, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label", "confidence", "error"))
        for rows in predict_all(client, model, images_below(arguments.folder), arguments.batch):
            writer.writerows(rows)
            count += len(rows)
    print(f"{count} images", file=sys.stderr)


if __name__ == "__main__":
    main()
