"""What a sidecar may say, that it is believed, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from recognizers import (
    ARCFACE_112,
    DLIB_150,
    FACENET_160,
    CropSpec,
    Measure,
    RecognizerError,
    Threshold,
    load,
)
from recognizers.onnx_file import OnnxFile
from recognizers.onnx_sidecar import Sidecar, read_sidecar
from recognizers.weights import sha256
from tests.recognizers.made_networks import batch, network, pictures


def beside(path: Path, text: str) -> Path:
    path.with_name(f"{path.name}.toml").write_text(text)
    return path


def test_without_one_nothing_is_said(tmp_path: Path) -> None:
    assert read_sidecar(tmp_path / "a.onnx") == Sidecar()


def test_everything_it_says_is_taken_over(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx")
    beside(
        path,
        f'name = "mine"\nlicence = "MIT"\nsha256 = "{sha256(path).upper()}"\n'
        "[crop]\nsize = 112\ntemplate = [[1, 2], [3.5, 4], [5, 6], [7, 8], [9, 10]]\n"
        'colour_order = "BGR"\nmean = [1, 2, 3]\nscale = 64\n'
        '[threshold]\nmeasure = "euclidean"\nvalue = 1.1\nsource = "a test"\n',
    )
    recognizer = load(f"onnx:{path}")
    assert (recognizer.name, recognizer.licence) == ("mine", "MIT")
    assert recognizer.crop == CropSpec(
        112, ((1, 2), (3.5, 4), (5, 6), (7, 8), (9, 10)), (1.0, 2.0, 3.0), 64.0, "BGR"
    )
    assert recognizer.threshold == Threshold(Measure.EUCLIDEAN, 1.1, "a test")


def test_what_it_leaves_out_is_read_from_the_graph(tmp_path: Path) -> None:
    path = beside(network(tmp_path / "a.onnx"), "[crop]\nmean = 0\nscale = 255\n")
    recognizer = OnnxFile(path)
    assert recognizer.crop == CropSpec(112, ARCFACE_112.template, (0.0, 0.0, 0.0), 255.0)
    assert recognizer.name == f"onnx:{path}"
    plain = OnnxFile(network(tmp_path / "b.onnx"), crop=recognizer.crop)
    assert torch.equal(recognizer.embed(batch(pictures())), plain.embed(batch(pictures())))


def test_the_range_that_is_detected_can_be_overridden(tmp_path: Path) -> None:
    start = [("Sub", "Sub_0", 127.5), ("Mul", "Mul_1", 0.0078125)]
    path = network(tmp_path / "a.onnx", start)
    assert (OnnxFile(path).crop.mean, OnnxFile(path).crop.scale) == ((0, 0, 0), 1)
    beside(path, "[crop]\nmean = 127.5\nscale = 127.5\n")
    assert OnnxFile(path).crop == ARCFACE_112


def test_what_is_given_in_python_wins(tmp_path: Path) -> None:
    path = beside(network(tmp_path / "a.onnx"), 'name = "a"\nlicence = "b"\n[crop]\nscale = 2\n')
    threshold = Threshold(Measure.COSINE, 0.2, "a test")
    recognizer = OnnxFile(path, crop=ARCFACE_112, name="c", licence="d", threshold=threshold)
    assert (recognizer.name, recognizer.licence, recognizer.threshold) == ("c", "d", threshold)
    assert recognizer.crop == ARCFACE_112


@pytest.mark.parametrize(("name", "crop"), [("dlib", DLIB_150), ("facenet", FACENET_160)])
def test_a_template_by_name_is_scaled_to_the_files_size(name: str, crop: CropSpec, tmp_path: Path) -> None:
    side = crop.size * 2
    path = network(tmp_path / "a.onnx", shape=("batch", 3, side, side))
    with pytest.raises(RecognizerError, match="template in its sidecar"):
        OnnxFile(path)
    beside(path, f'[crop]\ntemplate = "{name}"\n')
    assert np.array(OnnxFile(path).crop.template) == pytest.approx(np.array(crop.template) * 2)


def test_an_open_size_is_the_stated_one(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx", shape=("batch", 3, "height", "width"))
    assert OnnxFile(beside(path, "[crop]\nsize = 112\n")).crop.size == 112


def test_another_size_than_the_files_is_refused(tmp_path: Path) -> None:
    path = beside(network(tmp_path / "a.onnx"), "[crop]\nsize = 224\n")
    with pytest.raises(RecognizerError, match="takes crops of 112 pixels, and 224 are stated"):
        OnnxFile(path)


def test_a_sidecar_of_another_file_is_noticed(tmp_path: Path) -> None:
    path = beside(network(tmp_path / "a.onnx"), f'sha256 = "{"0" * 64}"\n')
    with pytest.raises(RecognizerError, match=r"SHA-256 is .*a\.onnx\.toml was written for another file"):
        OnnxFile(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "Invalid value"),
        ("title = 'a'", "'title' is not known; there are crop, licence"),
        ("name = 3", "'name' is a text"),
        ("licence = ''", "'licence' is a text"),
        ("crop = 112", r"'crop' is a table"),
        ("[crop]\ncolor_order = 'RGB'", r"'color_order' in \[crop\] is not known; there are colour_order"),
        ("[crop]\nsize = 0", "'size' is a whole number"),
        ("[crop]\nsize = 112.0", "'size' is a whole number"),
        ("[crop]\ncolour_order = 'GBR'", "'colour_order' is RGB or BGR"),
        ("[crop]\nscale = 0", "'scale' is a number above 0"),
        ("[crop]\nscale = nan", "'scale' is a number above 0"),
        ("[crop]\nmean = [1, 2]", "'mean' is one number or three"),
        ("[crop]\nmean = ['a', 2, 3]", "'mean' is one number or three"),
        ("[crop]\ntemplate = 'sface'", "'template' is 'arcface', 'dlib', 'facenet' or five points"),
        ("[crop]\ntemplate = [[1, 2], [3, 4]]", "'template' is .*five points"),
        ("[crop]\ntemplate = [1, 2, 3, 4, 5]", "'template' is .*five points"),
        ("[threshold]\nvalue = 1", "needs 'measure' and 'value'"),
        ("[threshold]\nmeasure = 'cosine'", "needs 'measure' and 'value'"),
        ("[threshold]\nmeasure = 'angle'\nvalue = 1", "'measure' is cosine or euclidean"),
    ],
)
def test_what_is_wrong_in_it_is_named_on_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = beside(tmp_path / "a.onnx", text)
    with pytest.raises(RecognizerError, match=said) as caught:
        read_sidecar(path)
    assert "a.onnx.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_or_other_bytes_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.onnx.toml").mkdir()
    with pytest.raises(RecognizerError, match="is a directory"):
        read_sidecar(tmp_path / "a.onnx")
    (tmp_path / "b.onnx.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecognizerError, match=r"b\.onnx\.toml"):
        read_sidecar(tmp_path / "b.onnx")


def test_the_sidecar_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    import recognizers.onnx_sidecar

    assert recognizers.onnx_sidecar.__doc__ is not None
    example = recognizers.onnx_sidecar.__doc__.partition("\n\n")[2]
    said = read_sidecar(beside(tmp_path / "a.onnx", example.replace("4c06...", "00")))
    assert said.name == "my-recogniser"
    assert said.threshold == Threshold(Measure.COSINE, 0.35, "the author's LFW evaluation")


def test_an_onnx_file_with_weights_beside_it(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx")
    expected = OnnxFile(path).embed(batch(pictures()))
    onnx.save(onnx.load(str(path)), str(path), save_as_external_data=True, size_threshold=0, location="a.bin")
    assert torch.equal(OnnxFile(path).embed(batch(pictures())), expected)
