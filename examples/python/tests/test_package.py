"""The package itself: what it exports, its errors, its library, its command."""

import os
import pathlib
import pickle
import shutil
import subprocess
import sys

import pytest
from conftest import run_python

import mnistcnn
from mnistcnn import _abi, _library, errors


def test_names():
    for name in mnistcnn.__all__:
        if name not in ("DigitClassifier", "ImageClassifier"):
            assert getattr(mnistcnn, name) is not None
    assert set(dir(mnistcnn)) >= set(mnistcnn.__all__)
    assert mnistcnn.__version__ == _abi.VERSION
    assert mnistcnn.build_info().startswith("libmnistcnn 0.")
    with pytest.raises(AttributeError):
        mnistcnn.nothing


def test_every_status_has_an_error():
    statuses = {number for name, number in vars(_abi.StatusCode).items() if name[0] != "_" and number}
    known = {
        kind.status
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, mnistcnn.MnistcnnError)
    }
    # A buffer that is too small is a mistake of this package.
    assert statuses - known == {_abi.StatusCode.BUFFER_TOO_SMALL}


@pytest.mark.parametrize("status", range(-20, 0))
def test_errors(status):
    error = errors._make(status, "a message", "/a/path")
    assert str(error) == "a message"
    assert error.status == status
    assert error.code.startswith("MNISTCNN_")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.status) == (type(error), "a message", status)
    if isinstance(error, OSError):
        assert error.filename == "/a/path"
        assert isinstance(error.errno, int)


def test_import_is_quick_and_light():
    heavy = "{'sklearn', 'scipy', 'PIL', 'logging', 'IPython', 'pandas'}"
    code = f"import sys, mnistcnn; print(sorted({heavy} & set(sys.modules)))"
    assert run_python(code).stdout == "[]\n"


def test_nothing_is_loaded_twice():
    assert _library.exchange() is _library.exchange()
    assert pathlib.Path(_library.core_path()).exists()


def test_missing_library(tmp_path):
    done = run_python("import mnistcnn", environment={"MNISTCNN_LIBRARY": str(tmp_path)})
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr
    assert "MNISTCNN_LIBRARY" in done.stderr


def test_wrong_library(tmp_path):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    name = os.path.basename(_library.core_path())
    (tmp_path / "a.c").write_text('const char *mnistcnn_version_string(void) { return "9.9.9"; }')
    subprocess.run([compiler, "-shared", "-fPIC", tmp_path / "a.c", "-o", tmp_path / name], check=True)
    done = run_python("import mnistcnn", environment={"MNISTCNN_LIBRARY": str(tmp_path / name)})
    assert done.returncode == 1
    assert "is not a library of mnistcnn" in done.stderr


def test_decoy_is_not_loaded(tmp_path):
    """Another library of the same name on the loader's path."""
    for name in ("libmnistcnn.so", "libmnistcnn_python.so"):
        (tmp_path / name).write_bytes(b"no library")
    environment = {"LD_LIBRARY_PATH": f"{tmp_path}:{os.environ.get('LD_LIBRARY_PATH', '')}"}
    assert run_python("import mnistcnn; mnistcnn.Model.pretrained()", environment=environment).returncode == 0


def test_command():
    done = subprocess.run(
        [sys.executable, "-m", "mnistcnn", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("mnistcnn 0.")
    assert subprocess.run([sys.executable, "-m", "mnistcnn", "nothing"], capture_output=True).returncode == 2


def test_pyinstaller_hook(tmp_path, monkeypatch):
    from mnistcnn import _pyinstaller

    (folder,) = _pyinstaller.get_hook_dirs()
    monkeypatch.setattr(_library, "package_folder", lambda: str(tmp_path))
    (tmp_path / "libx.so").touch()
    found = {}
    exec((pathlib.Path(folder) / "hook-mnistcnn.py").read_text(), found)
    assert found["binaries"] == [(str(tmp_path / "libx.so"), "mnistcnn/_native")]
