#!/usr/bin/env python3
"""The calls for people who have an image: /v1."""
import base64
import glob
import json
import os
import random
import shutil
import subprocess

from support import BLANK, COMMAND, ONE, Case, Shared, bar, main, multipart, png, prepared


def encode(content):
    return base64.b64encode(content).decode()


class Predict(Shared):
    def one(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        predictions = answer.json["predictions"]
        self.assertEqual(len(predictions), 1)
        return predictions[0]

    def test_a_one(self):
        answer = self.one(self.post("/v1/predict", ONE))
        self.assertEqual((answer["class"], answer["index"], answer["verdict"]), ("1", 1, "found"))
        self.assertGreater(answer["confidence"], 0.5)
        self.assertEqual(answer["polarity"], "dark-on-light")
        self.assertAlmostEqual(sum(answer["probabilities"]), 1, places=5)
        self.assertAlmostEqual(max(answer["probabilities"]), answer["confidence"], places=6)
        box = answer["box"]
        self.assertLessEqual(abs(box["left"] - 42) + abs(box["top"] - 20), 3, box)

    def test_every_way_in_is_the_same(self):
        """The body, a form, JSON, and the tensors of the Open Inference Protocol."""
        for image in (ONE, prepared()):
            row = self.one(self.post("/v1/predict", image))["probabilities"]
            ways = [self.post("/v1/predict", image, kind) for kind in
                    ("image/png", "image/jpeg", "application/octet-stream", "application/x-www-form-urlencoded", None)]
            ways += [self.post("/v1/predict", body, kind) for kind, body in [
                multipart([('Content-Disposition: form-data; name="image"; filename="a.png"', image)]),
                multipart([('content-disposition: form-data; name=x', image)]),
                multipart([('Content-Disposition: form-data; name="note"', b"hello"),
                           ('Content-Disposition: form-data; name="f"; filename=a\r\nContent-Type: image/png', image)])]]
            ways += [self.post_json("/v1/predict", {"image": text}) for text in
                     (encode(image), "data:image/png;base64," + encode(image), encode(image).rstrip("="),
                      base64.urlsafe_b64encode(image).decode(), "\n".join(encode(image)))]
            for answer in ways:
                self.assertEqual(self.one(answer)["probabilities"], row)
            tensor = {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": [encode(image)]}]}
            answer = self.post_json("/v2/models/digits/infer", tensor).json
            self.assertEqual(answer["outputs"][0]["data"], row)
        pixels = [255 if 4 <= y < 24 and 13 <= x < 16 else 0 for y in range(28) for x in range(28)]
        tensor = {"inputs": [{"name": "image", "datatype": "UINT8", "shape": [1, 28, 28, 1], "data": pixels}]}
        self.assertEqual(self.post_json("/v2/models/digits/infer", tensor).json["outputs"][0]["data"], row)

    def test_polarity(self):
        dark, light = ONE, bar(ink=255, paper=0)
        a, b = (self.one(self.post("/v1/predict", image)) for image in (dark, light))
        self.assertEqual((a["polarity"], b["polarity"]), ("dark-on-light", "light-on-dark"))
        for x, y in zip(a["probabilities"], b["probabilities"]):
            self.assertAlmostEqual(x, y, places=3)
        forced = self.one(self.post("/v1/predict?polarity=light-on-dark", light))
        self.assertEqual(forced["probabilities"], b["probabilities"])
        self.is_problem(self.post("/v1/predict?polarity=blue", ONE), 400, "polarity")

    def test_no_digit(self):
        answer = self.one(self.post("/v1/predict", BLANK))
        self.assertEqual((answer["class"], answer["confidence"], answer["verdict"]), (None, None, "blank"))
        self.assertIn("no digit", answer["message"])

    def test_several(self):
        images = [ONE, BLANK, b"this is no image", prepared()]
        form = multipart([(f'Content-Disposition: form-data; name="i{i}"; filename="{i}"', image)
                          for i, image in enumerate(images)])
        for answer in (self.post("/v1/predict", form[1], form[0]),
                       self.post_json("/v1/predict", {"images": [encode(i) for i in images]})):
            self.assertEqual(answer.status, 200)
            first, blank, bad, last = answer.json["predictions"]
            self.assertEqual((first["class"], last["class"], blank["verdict"]), ("1", "1", "blank"))
            self.assertEqual(bad["problem"]["status"], 422)

    def test_wrong_bodies(self):
        self.is_problem(self.post("/v1/predict", b""), 400, "empty")
        self.is_problem(self.post("/v1/predict", b"GIF89a" + bytes(50)), 422, "GIF")
        self.is_problem(self.post("/v1/predict", ONE[:60]), 422)
        self.is_problem(self.post("/v1/predict", ONE, "text/plain"), 415)
        self.is_problem(self.post("/v1/predict", b"a=b", "application/x-www-form-urlencoded"), 422)
        self.is_problem(self.post("/v1/predict", ONE, "multipart/form-data"), 400, "boundary")
        self.is_problem(self.post("/v1/predict", ONE, "multipart/form-data; boundary=none"), 400)
        kind, body = multipart([('Content-Disposition: form-data; name="a"', ONE)])
        self.is_problem(self.post("/v1/predict", body[:-8], kind), 400, "malformed")
        for value, says in (("{", "JSON"), ("[]", "an array"), ("[" * 100000, "nested"), ({}, "either"),
                            ({"image": 1}, "an integer"), ({"image": {"b64": "AA"}}, "an object"),
                            ({"images": "AAAA"}, "a string"), ({"images": []}, "empty"),
                            ({"image": "AA*A"}, "character 2"), ({"image": "AAAA", "images": ["AAAA"]}, "either"),
                            ({"image": "AAAA", "x": 1}, "x is not known"), ('{"image":"AAAA"} {}', "JSON"),
                            ('{"image":"AAAA","image":"AAAA"}', "JSON"), (b'{"image":"\xff"}', "JSON"),
                            ({"image": encode(b"x") + "AAAAA"}, "character")):
            self.is_problem(self.post_json("/v1/predict", value), 400, says)

    def test_too_much(self):
        self.is_problem(self.post("/v1/predict", png(1, 1, lambda y, x: 0, (60000, 60000))), 413, "60000")
        many = {"images": ["AAAA"] * 257}
        self.is_problem(self.post_json("/v1/predict", many), 413, "256")
        self.is_problem(self.post_json("/v1/predict", b'{"image":[' + b"0," * 600000 + b"0]}"), 413, "values")

    def test_damaged_images(self):
        """None of them is an error of the server."""
        seed = random.Random(1)
        for _ in range(150):
            image = bytearray(ONE)
            for _ in range(seed.randrange(1, 6)):
                image[seed.randrange(len(image))] = seed.randrange(256)
            self.assertIn(self.post("/v1/predict", bytes(image)).status, (200, 413, 422))

    def test_forms_at_every_cut(self):
        """A form that ends early is malformed, wherever; a body that is sent in small pieces is not."""
        kind, body = multipart([('Content-Disposition: form-data; name="a"; filename="b"', prepared())])
        for size in range(0, len(body) - 4, 7):
            answer = self.post("/v1/predict", body[:size], kind)
            self.assertIn(answer.status, (400, 422), (size, answer.body))


class Curl(Shared):
    """The commands of docs/server.md, as people type them."""

    def test_commands(self):
        if not shutil.which("curl"):
            self.skipTest("no curl here")
        seven, url = self.write("seven.png", ONE), f"http://127.0.0.1:{self.shared.port}/v1/predict"
        for arguments, count in ((["--data-binary", "@" + seven], 1), (["-F", f"a=@{seven}", "-F", f"b=@{seven}"], 2)):
            out = subprocess.run(["curl", "-s", "-S", *arguments, url], stdout=subprocess.PIPE, check=True).stdout
            self.assertEqual([p["class"] for p in json.loads(out)["predictions"]], ["1"] * count)


class Digits(Shared):
    def test_a_page(self):
        page = png(300, 260, lambda y, x: 0 if any(top <= y < top + 80 and left <= x < left + 7 for top, left in
                                                   ((20, 40), (20, 80), (20, 220), (150, 40))) else 255)
        answer = self.post("/v1/digits", page)
        self.assertEqual(answer.status, 200, answer.body)
        (found,) = answer.json["pages"]
        self.assertEqual((found["height"], found["width"], found["lines"]), (260, 300, 2))
        self.assertEqual([group["text"] for group in found["groups"]], ["11", "1", "1"])
        self.assertEqual([digit["class"] for digit in found["digits"]], ["1"] * 4)
        self.assertEqual([digit["line"] for digit in found["digits"]], [0, 0, 0, 1])

    def test_several_pages(self):
        answer = self.post_json("/v1/digits", {"images": [encode(ONE), encode(b"no image"), encode(BLANK)]})
        first, bad, blank = answer.json["pages"]
        self.assertEqual(first["groups"][0]["text"], "1")
        self.assertEqual(bad["problem"]["status"], 422)
        self.assertEqual(blank["digits"], [])

    def test_wrong(self):
        self.is_problem(self.post("/v1/digits", b"no image"), 422)
        self.is_problem(self.post("/v1/digits?form=perhaps", ONE), 400, "form")
        for number in ("2", "-1", "nan", "0x1", "1e-1", ""):
            self.is_problem(self.post(f"/v1/digits?least_confidence={number}", ONE), 400, "least_confidence")
        unclear = self.post("/v1/digits?least_confidence=1.0", ONE).json["pages"][0]["digits"][0]
        self.assertEqual((unclear["class"], unclear["verdict"]), (None, "unclear"))


class Same(Case):
    """What the command says about pictures of other people."""

    def test_like_the_command(self):
        folder = os.environ.get("MNISTCNN_DIGITS_DIR", "")
        files = [path for name in ("own", "low8", "scan16", "cheque-digit", "form-box", "not-a-digit", "bitmap32")
                 for path in sorted(glob.glob(f"{folder}/{name}/**/*.png", recursive=True))[::50][:12]]
        if not files:
            self.skipTest("no pictures: MNISTCNN_DIGITS_DIR")
        server = self.server()
        out = subprocess.run([COMMAND, "predict", "--jsonl", *files], stdout=subprocess.PIPE).stdout
        for path, line in zip(files, out.splitlines(), strict=True):
            theirs = json.loads(line)
            with open(path, "rb") as file:
                ours = server.post("/v1/predict", file.read()).json["predictions"][0]
            self.assertEqual(ours["class"], theirs.get("class"), (path, theirs, ours))


if __name__ == "__main__":
    main()
