"""What people write who put such a model behind HTTP in Python: FastAPI, ONNX Runtime, Pillow.

    peer_fastapi.py MODEL.onnx      writes a network of the same layers, with random weights
    uvicorn peer_fastapi:app        serves it, from LOAD_MODEL

One thread a worker computes: two workers share two processors."""
import io
import os
import sys

import numpy as np


def write_model(path):
    import onnx
    from onnx import helper, numpy_helper
    random = np.random.default_rng(1)

    def weights(name, *shape):
        return numpy_helper.from_array((random.standard_normal(shape) * 0.05).astype(np.float32), name)

    arrays = [weights("w1", 16, 1, 5, 5), weights("b1", 16), weights("w2", 32, 16, 5, 5), weights("b2", 32),
              weights("w3", 512, 1000), weights("b3", 1000), weights("w4", 1000, 10), weights("b4", 10)]
    node = helper.make_node
    nodes = [node("Conv", ["image", "w1", "b1"], ["c1"]), node("Relu", ["c1"], ["r1"]),
             node("MaxPool", ["r1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
             node("Conv", ["p1", "w2", "b2"], ["c2"]), node("Relu", ["c2"], ["r2"]),
             node("MaxPool", ["r2"], ["p2"], kernel_shape=[2, 2], strides=[2, 2]), node("Flatten", ["p2"], ["f"]),
             node("Gemm", ["f", "w3", "b3"], ["d1"]), node("Relu", ["d1"], ["r3"]),
             node("Gemm", ["r3", "w4", "b4"], ["d2"]), node("Softmax", ["d2"], ["probabilities"])]
    kind = onnx.TensorProto.FLOAT
    graph = helper.make_graph(nodes, "digits", [helper.make_tensor_value_info("image", kind, ["n", 1, 28, 28])],
                              [helper.make_tensor_value_info("probabilities", kind, ["n", 10])], arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


def make_app():
    import onnxruntime
    from fastapi import FastAPI, HTTPException, Request
    from PIL import Image
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(os.environ["LOAD_MODEL"], options)
    service = FastAPI()

    @service.post("/v1/predict")
    async def predict(request: Request):
        try:
            image = Image.open(io.BytesIO(await request.body())).convert("L").resize((28, 28))
        except OSError as error:
            raise HTTPException(422, str(error)) from error
        pixels = np.asarray(image, dtype=np.float32)[None, None] / 255
        (row,) = session.run(None, {"image": pixels})[0]
        top = int(row.argmax())
        return {"class": str(top), "confidence": float(row[top]), "probabilities": row.tolist()}

    return service


if __name__ == "__main__":
    write_model(sys.argv[1])
else:
    app = make_app()
