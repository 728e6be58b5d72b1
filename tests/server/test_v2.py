#!/usr/bin/env python3
"""The Open Inference Protocol: /v2. That other people's clients work is tested by test_clients.py."""
import base64
import json
import random
import struct

from support import BLANK, ONE, Shared, main, prepared

INFER = "/v2/models/digits/infer"
PIXELS = [255 if 4 <= y < 24 and 13 <= x < 16 else 0 for y in range(28) for x in range(28)]


def tensor(data=None, shape=(1, 28, 28, 1), datatype="UINT8", **more):
    return {"name": "image", "shape": list(shape), "datatype": datatype,
            **({"data": PIXELS if data is None else data} if data is not False else {}), **more}


def request(*arguments, **options):
    return {"inputs": [tensor(*arguments, **options)]}


class V2(Shared):
    def outputs(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        return {output["name"]: output for output in answer.json["outputs"]}

    def binary(self, value, tail, length=None, **headers):
        head = json.dumps(value).encode() if not isinstance(value, bytes) else value
        headers["Inference_Header_Content_Length"] = str(len(head)) if length is None else length
        return self.post(INFER, head + tail, "application/octet-stream", **headers)

    def test_what_there_is(self):
        for path, member in (("/v2", "extensions"), ("/v2/", "version"), ("/v2/health/live", "live"),
                             ("/v2/health/ready", "ready"), ("/v2/models/digits", "inputs"),
                             ("/v2/models/digits/", "outputs"), ("/v2/models/digits/versions/1", "platform"),
                             ("/v2/models/digits/ready", "ready"), ("/v2/models/digits/versions/1/ready", "name")):
            answer = self.get(path)
            self.assertEqual(answer.status, 200, path)
            self.assertIn(member, answer.json)
        for path in ("/v2/models/letters", "/v2/models/digits/versions/2", "/v2/models/digits/versions/1.0",
                     "/v2/models/digits%2Fready/x", "/v2/models/..", "/v2/models/" + "x" * 5000,
                     "/v2/models//ready", "/v2/models/Digits"):
            self.is_problem(self.get(path), 404)
        self.is_problem(self.post_json("/v2/models/letters/infer", request()), 404, "letters")

    def test_outputs(self):
        answer = self.post_json(INFER, {**request(), "id": 'a"\u00e9\n'})
        found = self.outputs(answer)
        self.assertEqual(answer.json["id"], 'a"\u00e9\n')
        self.assertEqual((answer.json["model_name"], answer.json["model_version"]), ("digits", "1"))
        self.assertEqual(found["probabilities"]["shape"], [1, 10])
        self.assertEqual(found["class_index"]["data"], [1])
        self.assertEqual(found["class_name"]["data"], ["1"])
        self.assertNotIn("id", self.post_json(INFER, request()).json)
        some = self.outputs(self.post_json(INFER, {**request(), "outputs": [{"name": "class_name"}]}))
        self.assertEqual(list(some), ["class_name"])
        self.is_problem(self.post_json(INFER, {**request(), "outputs": [{"name": "logits"}]}), 400, "probabilities")

    def test_shapes(self):
        """Flat or nested, with aliases where they can mean one thing only."""
        row = self.outputs(self.post_json(INFER, request()))["probabilities"]["data"]
        nested = [PIXELS[y * 28:y * 28 + 28] for y in range(28)]
        deep = [[[[value] for value in line] for line in nested]]
        for data, shape in ((PIXELS, (28, 28)), (nested, (28, 28)), (PIXELS, (1, 28, 28)), ([nested], (1, 28, 28)),
                            (PIXELS, (28, 28, 1)), (deep, (1, 28, 28, 1)), (PIXELS, (1, 1, 28, 28)),
                            (PIXELS, (1, 784)), ([PIXELS], (1, 784)), (PIXELS, (784,))):
            found = self.outputs(self.post_json(INFER, request(data, shape)))
            self.assertEqual(found["probabilities"]["data"], row, shape)
        floats = [value / 255 for value in PIXELS]
        self.assertEqual(self.outputs(self.post_json(INFER, request(floats, datatype="FP32")))["class_index"]["data"],
                         [1])
        two = self.outputs(self.post_json(INFER, request(PIXELS * 2, (2, 28, 28, 1))))
        self.assertEqual(two["probabilities"]["data"], row * 2)

    def test_wrong_requests(self):
        """The text says what is wrong, and the server goes on."""
        for value, says in (
                ({}, "inputs"), ({"inputs": {}}, "an object"), ({"inputs": [1]}, "an integer"),
                ({"inputs": []}, "one input"), ({"inputs": [tensor(), tensor()]}, "one input"),
                ({"inputs": [{**tensor(), "shape": "28"}]}, "a string"),
                ({"inputs": [{**tensor(), "name": "x"}]}, "image"), ({"inputs": [{**tensor(), "name": 1}]}, "integer"),
                (request(shape=(1, 28, 27, 1)), "[n, 28, 28, 1]"), (request(shape=(1, 28, -28, 1)), "shape[2]"),
                (request(shape=(0, 28, 28, 1)), "shape[0]"), (request(shape=()), "1 to 6"),
                (request(shape=(1,) * 7), "1 to 6"), (request(shape=(1, 28, 28.0, 1)), "shape[2]"),
                (request(shape=(2, 28, 28, 1)), "1568"), (request(PIXELS[1:]), "783"), (request(PIXELS + [0]), "more"),
                (request([PIXELS]), "nested"), (request([[1, 2], [3]], (28, 28)), "nested"),
                (request([256] + PIXELS[1:]), "element 0"), (request(PIXELS[:-1] + [-1]), "element 783"),
                (request([1.0] + PIXELS[1:]), "element 0"), (request(["1"] + PIXELS[1:]), "a string"),
                (request([[1]] * 784, (784,)), "an array"), (request([None] + PIXELS[1:]), "null"),
                (request(datatype="FP32"), "0 to 1"), (request(datatype="uint8"), "datatype"),
                (request(datatype="INT64"), "FP32"), (request(False), "neither"), (request("AAAA"), "a string"),
                ({**request(), "id": 7}, "an integer"), ({**request(), "id": "x" * 300}, "id"),
                ({**request(), "outputs": 1}, "an integer"), ({**request(), "outputs": [1]}, "an integer"),
                ({**request(), "parameters": []}, "an array"),
                ({**request(), "parameters": {"binary_data_output": 1}}, "true or false"),
                (request(["*"], (1,), "BYTES"), "base64"), (request(["AA"], (2,), "BYTES"), "1 elements")):
            self.is_problem(self.post_json(INFER, value), 400, says)
        self.is_problem(self.post_json(INFER, request(shape=(2**33, 2**33))), 400, "shape")
        self.is_problem(self.post_json(INFER, request(shape=(2**32 - 1,) * 4)), 413)
        self.is_problem(self.post_json(INFER, request(shape=(1000, 28, 28, 1))), 413, "256")
        self.is_problem(self.post(INFER, ONE, "image/png"), 415)
        self.assertEqual(self.outputs(self.post_json(INFER, request()))["class_index"]["data"], [1])

    def test_swapped_types(self):
        """Every value of a request replaced by every kind of value: never an error of the server."""
        kinds = [None, True, 0, -1, 1.5, 2**63, "x", [], {}, [[]], {"a": 1}]
        base = {"id": "a", "parameters": {"binary_data_output": False},
                "inputs": [{**tensor([0] * 784, (1, 784)), "parameters": {"x": 1}}],
                "outputs": [{"name": "class_name", "parameters": {"binary_data": False}}]}

        def places(value, place=()):
            yield place
            for key, item in (value.items() if isinstance(value, dict) else
                              enumerate(value[:2]) if isinstance(value, list) else ()):
                yield from places(item, (*place, key))

        for place in list(places(base))[1:]:
            for kind in kinds:
                changed = json.loads(json.dumps(base))
                target = changed
                for key in place[:-1]:
                    target = target[key]
                target[place[-1]] = kind
                self.assertIn(self.post_json(INFER, changed).status, (200, 400, 413), (place, kind))

    def test_encoded_images(self):
        text = [base64.b64encode(image).decode() for image in (ONE, prepared())]
        found = self.outputs(self.post_json(INFER, request(text, (2,), "BYTES")))
        self.assertEqual(found["class_name"]["data"], ["1", "1"])
        blank = base64.b64encode(BLANK).decode()
        self.is_problem(self.post_json(INFER, request([text[0], blank], (2, 1), "BYTES")), 422, "image 1")

    def test_binary(self):
        row = self.outputs(self.post_json(INFER, request()))["probabilities"]["data"]
        value = request(False, parameters={"binary_data_size": 784})
        self.assertEqual(self.outputs(self.binary(value, bytes(PIXELS)))["probabilities"]["data"], row)
        floats = struct.pack("<784f", *(p / 255 for p in PIXELS))
        as_floats = request(False, datatype="FP32", parameters={"binary_data_size": 3136})
        self.assertEqual(self.outputs(self.binary(as_floats, floats))["class_index"]["data"], [1])
        both = b"".join(struct.pack("<I", len(image)) + image for image in (ONE, prepared()))
        strings = request(False, (2,), "BYTES", parameters={"binary_data_size": len(both)})
        self.assertEqual(self.outputs(self.binary(strings, both))["class_name"]["data"], ["1", "1"])
        raw = self.binary(b"", floats * 2)
        self.assertEqual(self.outputs(raw)["class_index"]["data"], [1, 1])

    def test_binary_answers(self):
        row = self.outputs(self.post_json(INFER, request()))["probabilities"]["data"]
        answer = self.post_json(INFER, {**request(), "parameters": {"binary_data_output": True},
                                        "outputs": [{"name": "probabilities"}, {"name": "class_index"},
                                                    {"name": "class_name", "parameters": {"binary_data": False}}]})
        self.assertEqual(answer.status, 200, answer.body)
        length = int(answer.headers["Inference-Header-Content-Length"])
        head, tail = json.loads(answer.body[:length]), answer.body[length:]
        sizes = [output.get("parameters", {}).get("binary_data_size") for output in head["outputs"]]
        self.assertEqual(sizes, [40, 8, None])
        self.assertEqual(list(struct.unpack("<10f", tail[:40])), [struct.unpack("f", struct.pack("f", x))[0] for x in row])
        self.assertEqual(struct.unpack("<q", tail[40:]), (1,))

    def test_wrong_binary(self):
        def sized(size, **options):
            return request(False, parameters={"binary_data_size": size}, **options)

        data = bytes(PIXELS)
        for value, tail, length, says in (
                (sized(783), data, None, "783"), (sized(785), data, None, "785"), (sized(784), data[1:], None, "783"),
                (sized(784), data + b"x", None, "785"), (request(parameters={"binary_data_size": 784}), data, None, "both"),
                (request(), b"x", None, "1 bytes follow"), (sized(-1), data, None, "binary_data_size"),
                (sized("784"), data, None, "binary_data_size"), (sized(784), data, "10", "JSON"),
                (sized(784), data, "100000", "length of the body"), (sized(784), data, "-1", "Content-Length"),
                (sized(784), data, "+5", "Content-Length"), (sized(784), data, "1 ", None),
                (sized(784), data, "4294967297", "Content-Length"), (sized(784), data, "0", "3136"),
                (sized(3136, datatype="FP32"), struct.pack("<784f", *([float("nan")] * 784)), None, "nan"),
                (sized(3136, datatype="FP32"), struct.pack("<784f", *([255.0] * 784)), None, "255"),
                (sized(8, shape=(1,), datatype="BYTES"), struct.pack("<II", 5, 0), None, "beyond"),
                (sized(8, shape=(1,), datatype="BYTES"), struct.pack("<II", 2**32 - 1, 0), None, "beyond"),
                (sized(8, shape=(1,), datatype="BYTES"), struct.pack("<I", 3) + b"abcd", None, "left"),
                (sized(3, shape=(1,), datatype="BYTES"), b"abc", None, "beyond")):
            self.is_problem(self.binary(value, tail, length), 400, says or "")
        no_header = json.dumps(sized(784)).encode() + data
        self.is_problem(self.post(INFER, no_header, "application/octet-stream"), 400)

    def test_floats_survive(self):
        """What is written in JSON is read as the float that the binary form has."""
        seed = random.Random(3)
        pixels = [seed.randrange(256) for _ in range(784 * 8)]
        both = [{**request(pixels, (8, 28, 28, 1)), "outputs": [{"name": "probabilities",
                                                                 "parameters": {"binary_data": binary}}]}
                for binary in (False, True)]
        text, raw = (self.post_json(INFER, value) for value in both)
        length = int(raw.headers["Inference-Header-Content-Length"])
        for value, exact in zip(text.json["outputs"][0]["data"], struct.unpack("<80f", raw.body[length:]), strict=True):
            self.assertEqual(struct.pack("<f", value), struct.pack("<f", exact))


if __name__ == "__main__":
    main()
