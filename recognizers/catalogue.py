"""The recognisers that have a name of their own: what is known of each without loading anything.

No publisher states the SHA-256 of FaceNet's files: theirs are what others have recorded of the same address,
several projects for VGGFace2 and one for CASIA-WebFace. Those of insightface's packs are also in its server.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PackagedFile:
    """Weights that an installed package carries.

    Attributes:
        package: The package, as it is installed and imported.
        path: The file inside it.
        sha256: What it must be, in hexadecimal.
        size: Its length in bytes.
        url: Where it was published first.
    """

    package: str
    path: str
    sha256: str
    size: int
    url: str


@dataclass(frozen=True)
class Download:
    """A file at the address where its project publishes it.

    Attributes:
        url: The address.
        sha256: What it must be, in hexadecimal.
        size: Its length in bytes.
    """

    url: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file's name, without the address."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class PublishedFile:
    """Weights that are fetched once and kept in the cache folder.

    Attributes:
        name: The file's name there.
        sha256: What it must be, in hexadecimal.
        size: Its length in bytes.
        download: What is fetched for it: the file itself, or a zip archive that holds it.
    """

    name: str
    sha256: str
    size: int
    download: Download

    @property
    def archived(self) -> bool:
        """Whether it comes inside an archive."""
        return self.download.sha256 != self.sha256


@dataclass(frozen=True)
class Model:
    """A recogniser or detector that can be loaded by its name.

    Attributes:
        name: The name.
        description: The network and what it was trained on.
        licence: The licence of the weights, in words.
        non_commercial: Whether their publisher allows non-commercial research only.
        differentiable: Whether gradients pass from the embedding to the crop.
        weights: The file that holds the weights.
        detects: Whether it finds faces instead of recognising them; `faceguard.faces.detectors` loads those.
    """

    name: str
    description: str
    licence: str
    non_commercial: bool
    differentiable: bool
    weights: PackagedFile | PublishedFile
    detects: bool = False


def _facenet(data: str, terms: str, file: str, sha256: str, size: int) -> Model:
    url = f"https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/{file}"
    return Model(
        name=f"facenet-{data.lower()}",
        description=f"FaceNet (InceptionResnetV1), trained on {data}",
        licence=f"MIT (facenet-pytorch, after David Sandberg's facenet); {data} itself: {terms}",
        non_commercial=False,
        differentiable=True,
        weights=PublishedFile(file, sha256, size, Download(url, sha256, size)),
    )


def _arcface(pack: str, description: str, file: PublishedFile) -> Model:
    return Model(
        name=f"arcface-{pack}",
        description=f"ArcFace {description}, insightface's pack {pack}",
        licence="non-commercial research only (insightface's pretrained models)",
        non_commercial=True,
        differentiable=True,
        weights=file,
    )


def _scrfd(size: str, description: str, file: PublishedFile) -> Model:
    return Model(
        name=f"scrfd-{size}",
        description=f"SCRFD face detector with landmarks, {description}",
        licence="non-commercial research only (insightface's pretrained models)",
        non_commercial=True,
        differentiable=False,
        weights=file,
        detects=True,
    )


def _pack(pack: str, sha256: str, size: int) -> Download:
    url = f"https://github.com/deepinsight/insightface/releases/download/v0.7/{pack}.zip"
    return Download(url, sha256, size)


_YUNET = Download(
    "https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx",
    "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    232_589,
)

_MODELS = (
    Model(
        name="dlib",
        description="dlib's ResNet face descriptor, trained on faces from the web by Davis King",
        licence="CC0 1.0 (public domain)",
        non_commercial=False,
        differentiable=True,
        weights=PackagedFile(
            "face_recognition_models",
            "models/dlib_face_recognition_resnet_model_v1.dat",
            "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
            22_466_066,
            "https://github.com/davisking/dlib-models",
        ),
    ),
    _facenet(
        "VGGFace2",
        "CC BY-SA 4.0",
        "20180402-114759-vggface2.pt",
        "281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b",
        111_898_327,
    ),
    _facenet(
        "CASIA-WebFace",
        "non-commercial research only",
        "20180408-102900-casia-webface.pt",
        "7a67afdbbc995fce5e10128675e318799a70698c2f433ba75dd7eb9a2f096e7d",
        115_887_415,
    ),
    _arcface(
        "buffalo_l",
        "IResNet-50, trained on WebFace600K",
        PublishedFile(
            "w600k_r50.onnx",
            "4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",
            174_383_860,
            _pack(
                "buffalo_l", "80ffe37d8a5940d59a7384c201a2a38d4741f2f3c51eef46ebb28218a7b0ca2f", 288_621_354
            ),
        ),
    ),
    _arcface(
        "buffalo_s",
        "MobileFaceNet, trained on WebFace600K",
        PublishedFile(
            "w600k_mbf.onnx",
            "9cc6e4a75f0e2bf0b1aed94578f144d15175f357bdc05e815e5c4a02b319eb4f",
            13_616_099,
            _pack(
                "buffalo_s", "d85a87f503f691807cd8bb97128bdf7a0660326cd9cd02657127fa978bab8b5e", 127_607_557
            ),
        ),
    ),
    _arcface(
        "antelopev2",
        "IResNet-100, trained on Glint360K",
        PublishedFile(
            "glintr100.onnx",
            "4ab1d6435d639628a6f3e5008dd4f929edf4c4124b1a7169e1048f9fef534cdf",
            260_665_334,
            _pack(
                "antelopev2", "8e182f14fc6e80b3bfa375b33eb6cff7ee05d8ef7633e738d1c89021dcf0c5c5", 360_662_982
            ),
        ),
    ),
    _scrfd(
        "10g",
        "10 GFLOPs; in antelopev2 the same file is called scrfd_10g_bnkps.onnx",
        PublishedFile(
            "det_10g.onnx",
            "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91",
            16_923_827,
            _pack(
                "buffalo_l", "80ffe37d8a5940d59a7384c201a2a38d4741f2f3c51eef46ebb28218a7b0ca2f", 288_621_354
            ),
        ),
    ),
    _scrfd(
        "500m",
        "500 MFLOPs, insightface's packs buffalo_s and buffalo_sc",
        PublishedFile(
            "det_500m.onnx",
            "5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a",
            2_524_817,
            _pack(
                "buffalo_sc", "57d31b56b6ffa911c8a73cfc1707c73cab76efe7f13b675a05223bf42de47c72", 14_969_382
            ),
        ),
    ),
    Model(
        name="yunet",
        description="YuNet face detector with landmarks, for OpenCV",
        licence="MIT (Shiqi Yu)",
        non_commercial=False,
        differentiable=False,
        weights=PublishedFile(_YUNET.name, _YUNET.sha256, _YUNET.size, _YUNET),
        detects=True,
    ),
)

MODELS: dict[str, Model] = {model.name: model for model in _MODELS}
"""Name -> recogniser or detector, in the order in which they are shown."""
