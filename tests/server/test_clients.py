#!/usr/bin/env python3
"""Clients that other people wrote: NVIDIA's for the Open Inference Protocol, a validator of OpenAPI, and
schemathesis, which makes requests from the description and looks at every answer. Needs their packages."""
import json
import os
import subprocess

import numpy as np
import tritonclient.http as triton
from openapi_spec_validator import validate

from support import ONE, Case, main

# What the schemas cannot say: that bytes are an image, and that data have the number of elements of their shape.
REFUSED = [200, 400, 413, 415, 422]


class Triton(Case):
    def test_every_form(self):
        server = self.server()
        client = triton.InferenceServerClient(f"127.0.0.1:{server.port}")
        self.assertTrue(client.is_server_live() and client.is_server_ready())
        self.assertTrue(client.is_model_ready("digits") and client.is_model_ready("digits", "1"))
        self.assertFalse(client.is_model_ready("letters"))
        self.assertIn("binary_tensor_data", client.get_server_metadata()["extensions"])
        (wanted,) = client.get_model_metadata("digits", "1")["inputs"]
        self.assertEqual((wanted["name"], wanted["datatype"], wanted["shape"]), ("image", "FP32", [-1, 28, 28, 1]))
        random = np.random.default_rng(1)
        pixels = random.integers(0, 256, (5, 28, 28, 1), dtype=np.uint8)
        arrays = {"UINT8": pixels, "FP32": (pixels / 255).astype(np.float32), "BYTES": np.array([ONE] * 5, dtype=object)}
        for kind, array in arrays.items():
            rows = []
            for binary_in in (True, False)[:1 if kind == "BYTES" else 2]:
                for binary_out in (True, False):
                    tensor = triton.InferInput("image", array.shape, kind)
                    tensor.set_data_from_numpy(array, binary_data=binary_in)
                    outputs = [triton.InferRequestedOutput(name, binary_data=binary_out)
                               for name in ("probabilities", "class_index", "class_name")]
                    result = client.infer("digits", [tensor], outputs=outputs, request_id='a"b')
                    row = result.as_numpy("probabilities")
                    self.assertEqual(row.shape, (5, 10))
                    np.testing.assert_array_equal(row.argmax(1), result.as_numpy("class_index"))
                    self.assertEqual(result.get_response()["id"], 'a"b')
                    rows.append(row)
                    self.assertEqual(client.infer("digits", [tensor]).as_numpy("class_name").shape, (5,))
            for row in rows:
                np.testing.assert_allclose(row, rows[0], atol=1e-6)
        with self.assertRaisesRegex(triton.InferenceServerException, "letters") as caught:
            client.infer("letters", [tensor])
        self.assertEqual(caught.exception.status(), "404")
        client.close()


class Description(Case):
    def test_valid(self):
        server = self.server()
        validate(server.get("/openapi.json").json)

    def test_every_answer_is_described(self):
        server = self.server("--max-body", "1000000")
        names = ["POST /v1/predict", "POST /v1/digits", "POST /v2/models/{model}/infer",
                 "POST /v2/models/{model}/versions/{version}/infer"]
        operations = "".join(
            f'[[operations]]\ninclude-name = "{name}"\nchecks.positive_data_acceptance.expected-statuses = {REFUSED}\n'
            for name in names)
        # By default, too much (413) is no refusal of wrong data.
        operations += "[checks.negative_data_rejection]\nexpected-statuses = " \
            "[400, 401, 404, 405, 408, 413, 415, 417, 422, 503]\n"
        self.write("schemathesis.toml", ('[parameters]\n"path.model" = "digits"\n"path.version" = "1"\n' +
                                         operations).encode())
        done = subprocess.run(["schemathesis", "run", f"http://127.0.0.1:{server.port}/openapi.json", "--max-examples",
                               "100", "--checks", "all"], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(done.returncode, 0, done.stdout.decode()[-6000:])
        self.assertEqual(json.loads(server.get("/readyz").body)["status"], "ready")


if __name__ == "__main__":
    main()
