"""Imports go one way, and naming the package costs nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "torch",
    "torchvision",
    "cv2",
    "skimage",
    "sklearn",
    "onnx",
    "onnx2torch",
    "onnxruntime",
    "facenet_pytorch",
}


def test_the_contracts_of_pyproject_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("importlinter")
    from importlinter.cli import lint_imports

    monkeypatch.chdir(ROOT)
    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def imported(statement: str) -> set[str]:
    """The packages that are loaded after a statement, in a new interpreter."""
    program = f"{statement}; import json, sys; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return {module.partition(".")[0] for module in json.loads(ran.stdout.splitlines()[-1])}


@pytest.mark.parametrize(
    "statement",
    [
        "import faceguard",
        "import faceguard.errors",
        "import faceguard.cli",
        "import recognizers; recognizers.available()",
        "import recognizers.weights_cache",
        "import recognizers.system_errors",
        "import evaluation",
    ],
)
def test_importing_it_loads_nothing_heavy(statement: str) -> None:
    assert not imported(statement) & HEAVY


def test_every_public_name_is_there() -> None:
    names = "all(hasattr(faceguard, name) for name in faceguard.__all__)"
    assert "torch" in imported(f"import faceguard; assert {names}")


def test_an_unknown_name_is_an_attribute_error() -> None:
    import faceguard

    with pytest.raises(AttributeError, match="Protektor"):
        faceguard.Protektor  # noqa: B018
