"""Wheels: made by the recipe, looked at, installed where there is nothing else, and used."""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import venv
import zipfile

import pytest
from conftest import write_png

PROJECT = pathlib.Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow
MOST_BYTES = 5_000_000
MACHINES = {"x86_64": b"\x3e\x00", "aarch64": b"\xb7\x00"}


@pytest.fixture(scope="session")
def work(tmp_path_factory):
    """A folder to build in; MNISTCNN_WORK keeps it."""
    chosen = os.environ.get("MNISTCNN_WORK")
    return pathlib.Path(chosen) if chosen else tmp_path_factory.mktemp("wheels")


def make_wheel(work, target):
    if not all(map(importlib.util.find_spec, ("ziglang", "scikit_build_core", "auditwheel"))):
        pytest.skip("there is no ziglang, scikit-build-core or auditwheel")
    output = work / "output" / target
    shutil.rmtree(output, ignore_errors=True)
    environment = {**os.environ, "PYTHON": sys.executable, "MNISTCNN_WORK": str(work)}
    environment.pop("PYTHONPATH", None)
    command = [str(PROJECT / "tools" / "wheel.sh"), target, str(output)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (wheel,) = output.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel(work):
    return make_wheel(work, "x86_64")


def check_content(wheel, machine, platform):
    """Name, tags and machine agree; nothing is missing or twice."""
    assert wheel.stat().st_size < MOST_BYTES
    assert wheel.name.startswith("mnistcnn-") and "-py3-none-" in wheel.name
    assert f"{platform}_{machine}" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (tags,) = (archive.read(name).decode() for name in names if name.endswith("/WHEEL"))
        assert "Root-Is-Purelib: false" in tags
        assert f"Tag: py3-none-{platform}_{machine}" in tags
        native = [name for name in names if "/_native/" in name and not name.endswith("/")]
        assert sorted(pathlib.Path(name).name for name in native) == [
            "libmnistcnn_python.so",
            "libmnistcnn_python_exchange.so",
            "libmnistcnn_python_pretrained.so",
            "mnistcnn",
        ]
        for name in native:
            assert archive.read(name)[18:20] == MACHINES[machine], name
        assert "mnistcnn/py.typed" in names


def test_install_from_source(tmp_path, paper_seven):
    """`pip install` with the compiler of this machine, and with numpy and the build system of the tests."""
    pytest.importorskip("scikit_build_core")
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MNISTCNN_")}
    environment["PYTHONPATH"] = str(target)
    done = subprocess.run(
        [*command, "--no-build-isolation", "--target", str(target), str(PROJECT)],
        capture_output=True,
        text=True,
        env={**environment, "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count())},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    image = write_png(tmp_path / "seven.png", paper_seven)

    def python(*arguments):
        command = [sys.executable, *arguments, str(image)]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=True
        ).stdout

    code = "import mnistcnn, sys; print(mnistcnn.__file__, mnistcnn.Model.pretrained().predict(sys.argv[1]))"
    assert python("-c", code) == f"{target / 'mnistcnn' / '__init__.py'} 7\n"
    assert "is a 7" in python("-m", "mnistcnn", "predict")


def test_x86_64(wheel):
    check_content(wheel, "x86_64", "manylinux_2_17")
    shown = subprocess.run(
        [sys.executable, "-m", "auditwheel", "show", str(wheel)], capture_output=True, text=True
    )
    assert '"manylinux_2_17_x86_64"' in shown.stdout


FIRST_ANSWER = """
import sys, time, resource
def processor_time():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
import numpy
begun = processor_time()
import mnistcnn
print(mnistcnn.Model.pretrained().predict(sys.argv[1]))
print(round(1000 * (processor_time() - begun), 1), "ms", file=sys.stderr)
"""


def test_empty_environment(wheel, tmp_path, paper_seven):
    """No compiler, no path to anything, nothing but numpy."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    environment = {"PATH": str(python.parent), "HOME": str(tmp_path)}
    pip = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
    ]
    installed = subprocess.run([*pip, str(wheel)], env=environment, capture_output=True, text=True)
    if "No matching distribution found for numpy" in installed.stderr:
        pytest.skip("numpy could not be had")
    assert installed.returncode == 0, installed.stderr
    image = write_png(tmp_path / "seven.png", paper_seven)

    def run(*command):
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, cwd=tmp_path, check=True
        )

    answer = run(str(python), "-X", "dev", "-W", "error", "-c", FIRST_ANSWER, str(image))
    assert answer.stdout == "7\n"
    print("import and first answer:", answer.stderr)
    for command in ([str(python), "-m", "mnistcnn"], [str(python.parent / "mnistcnn")]):
        assert "is a 7" in run(*command, "predict", str(image)).stdout


@pytest.mark.other_system
def test_aarch64(work, tmp_path, paper_seven):
    """The wheel for another machine: its command runs in an emulator, with the libraries beside it."""
    wheel = make_wheel(work, "aarch64")
    check_content(wheel, "aarch64", "manylinux_2_17")
    emulator, root = shutil.which("qemu-aarch64"), pathlib.Path("/usr/aarch64-linux-gnu")
    if emulator is None or not (root / "lib").exists():
        pytest.skip("there is no qemu-aarch64, or no libc6-arm64-cross")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    command = tmp_path / "mnistcnn" / "_native" / "mnistcnn"
    command.chmod(0o755)
    image = write_png(tmp_path / "seven.png", paper_seven)
    done = subprocess.run([emulator, "-L", root, command, "predict", image], capture_output=True, text=True)
    assert "is a 7" in done.stdout, done.stderr


@pytest.mark.other_system
def test_musl(work, tmp_path, paper_seven):
    """The wheel for Alpine and the like: its command runs with the loader of musl."""
    loader = pathlib.Path("/lib/ld-musl-x86_64.so.1")
    if shutil.which("patchelf") is None:
        pytest.skip("there is no patchelf")
    wheel = make_wheel(work, "x86_64-musl")
    check_content(wheel, "x86_64", "musllinux_1_2")
    if not loader.exists():
        pytest.skip("there is no musl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    image = write_png(tmp_path / "seven.png", paper_seven)
    command = [loader, tmp_path / "mnistcnn" / "_native" / "mnistcnn", "predict", image]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "is a 7" in done.stdout, done.stderr


def test_source_distribution(tmp_path):
    """It has all that a wheel is built from, and nothing is left in the source tree."""
    pytest.importorskip("scikit_build_core")
    code = "import build_backend, sys; print(build_backend.build_sdist(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "build_backend")},
    )
    assert done.returncode == 0, done.stderr
    shutil.unpack_archive(tmp_path / done.stdout.split()[-1], tmp_path / "unpacked")
    (project,) = (tmp_path / "unpacked").iterdir()
    for name in (
        "pyproject.toml",
        "CMakeLists.txt",
        "src/mnistcnn/_abi.py",
        "libmnistcnn/lib/nn/plan.c",
        "libmnistcnn/examples/cli/main.c",
        "libmnistcnn/examples/models/digits.safetensors",
    ):
        assert (project / name).exists(), name
    assert not (PROJECT / "libmnistcnn").exists()
    cmake = shutil.which("cmake")
    if cmake is None:
        pytest.skip("there is no CMake")
    configured = subprocess.run(
        [cmake, "-S", project, "-B", tmp_path / "build"], capture_output=True, text=True
    )
    assert configured.returncode == 0, configured.stderr
