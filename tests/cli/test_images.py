#!/usr/bin/env python3
"""Commands that write images: convert and digits."""
import os

from support import Case, main, read_png, write_idx


class Convert(Case):
    LABELS = bytes([3, 0, 2, 2, 0, 3, 1])

    def pixels(self, index):
        return bytes((index * 31 + i * 7) % 256 for i in range(4 * 5))

    def write(self, compress=False, labels=LABELS):
        count = len(labels)
        write_idx(self.path("images"), (count, 4, 5), b"".join(map(self.pixels, range(count))),
                  compress)
        write_idx(self.path("labels"), (count,), labels, compress)

    def files(self, folder):
        return sorted(os.path.relpath(os.path.join(where, name), self.path(folder))
                      for where, _, names in os.walk(self.path(folder)) for name in names)

    def test_round_trip(self):
        for compress in (False, True):
            with self.subTest(compress=compress):
                folder = f"out{compress}/deep"
                self.write(compress)
                out, _ = self.run_command("convert", "images", "labels", folder)
                self.assertIn(b"7 images of 4 classes", out)
                self.assertEqual(self.files(folder), sorted(
                    f"{label}/{i}.png" for i, label in enumerate(self.LABELS)))
                for i, label in enumerate(self.LABELS):
                    width, height, depth, colour, rows = read_png(
                        self.path(folder, str(label), f"{i}.png"))
                    self.assertEqual((width, height, depth, colour), (5, 4, 8, 0))
                    self.assertEqual(b"".join(rows), self.pixels(i))

    def test_names_sort_as_numbers(self):
        self.write(labels=bytes(i % 11 for i in range(101)))
        self.run_command("convert", "images", "labels", "out")
        names = self.files("out")
        self.assertEqual(len(names), 101)
        self.assertEqual(names[0], "00/000.png")
        self.assertEqual(names[-1], "10/098.png")

    def test_limit(self):
        self.write()
        self.run_command("convert", "--limit", "3", "images", "labels", "out")
        self.assertEqual(self.files("out"), ["0/1.png", "2/2.png", "3/0.png"])

    def test_layout_of_emnist(self):
        self.write(labels=bytes(label + 1 for label in self.LABELS))
        out, _ = self.run_command("convert", "images", "labels", "out", "--transpose", "--first-label", "1")
        self.assertIn(b"7 images of 4 classes", out)
        for i, label in enumerate(self.LABELS):
            width, height, _, _, rows = read_png(self.path("out", str(label), f"{i}.png"))
            self.assertEqual((width, height), (4, 5))
            self.assertEqual(b"".join(rows), bytes(self.pixels(i)[5 * x + y] for y in range(5) for x in range(4)))
        self.fails("convert", "images", "labels", "no", "--first-label", "2", says="below the first label")

    def test_refuses_a_folder_that_is_not_empty(self):
        self.write()
        os.makedirs(self.path("out"))
        with open(self.path("out", "old.png"), "wb"):
            pass
        self.fails("convert", "images", "labels", "out", says="not empty")
        self.assertEqual(self.files("out"), ["old.png"])

    def test_failures(self):
        self.write()
        self.fails("convert", "missing", "labels", "out", says="missing")
        self.fails("convert", "images", "missing", "out", says="missing")
        self.fails("convert", "labels", "images", "out", says="it has labels; give the file of the images")
        self.fails("convert", "images", "labels", "images/out", says="images/out")
        self.fails("convert", "images", "labels", "images", says="images")
        write_idx(self.path("labels"), (6,), self.LABELS[:6])
        self.fails("convert", "images", "labels", "out")
        self.assertFalse(os.path.exists(self.path("out")))


class Digits(Case):
    def read_all(self, folder):
        content = {}
        for where, _, names in os.walk(self.path(folder)):
            for name in names:
                path = os.path.join(where, name)
                with open(path, "rb") as file:
                    content[os.path.relpath(path, self.path(folder))] = file.read()
        return content

    def test_what_is_drawn(self):
        self.run_command("digits", "--out", "a/b", "--count", "100", "--validation-count", "20")
        drawn = self.read_all("a/b")
        self.assertEqual(len(drawn), 120)
        for digit in range(10):
            for part, count in (("train", 10), ("validation", 2)):
                self.assertEqual(sum(name.startswith(f"{part}/{digit}/") for name in drawn), count)
        width, height, depth, colour, rows = read_png(self.path("a/b/train/8/08.png"))
        self.assertEqual((width, height, depth, colour), (28, 28, 8, 0))
        ink = sum(map(sum, rows))
        self.assertTrue(255 * 28 < ink < 255 * 28 * 14, ink)
        self.assertEqual(len(set(drawn.values())), 120, "no two drawings are the same")

    def test_seeds(self):
        for folder, seed in (("one", "5"), ("again", "5"), ("other", "6")):
            self.run_command("digits", "--out", folder, "--count", "20", "--seed", seed)
        self.assertEqual(self.read_all("one"), self.read_all("again"))
        self.assertNotEqual(self.read_all("one"), self.read_all("other"))

    def test_refuses_a_folder_in_use(self):
        self.run_command("digits", "--out", "d", "--count", "10")
        self.fails("digits", "--out", "d", "--count", "10", says="d/train")


if __name__ == "__main__":
    main()
