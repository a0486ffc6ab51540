"""Going on from a recogniser that is there: its network with all weights trainable."""

from __future__ import annotations

from recognizers import backbones
from recognizers.backbones import Backbone
from recognizers.base import Recognizer
from recognizers.dlib_resnet import DlibResNet
from recognizers.errors import RecognizerError
from recognizers.facenet import FaceNet
from recognizers.trained_network import TrainedNetwork


def trainable_backbone(recognizer: Recognizer) -> Backbone:
    """A trainable copy of a recogniser's network, for a `FaceClassifier` with a new head.

    Args:
        recognizer: dlib, FaceNet, an ONNX file, or one that was trained here (`file:PATH`).

    Raises:
        RecognizerError: The recogniser has no network that can be trained and saved here.
    """
    if isinstance(recognizer, TrainedNetwork):
        network = recognizer.network
        copied = backbones.build(network.name, network.dimension, network.crop)
        copied.load_state_dict(network.state_dict())
        return copied
    if isinstance(recognizer, DlibResNet):
        dlib = backbones.Dlib()
        dlib.network.load_state_dict(recognizer.network.state_dict())
        return dlib
    if isinstance(recognizer, FaceNet):
        facenet = backbones.InceptionResNet(recognizer.dimension, recognizer.crop)
        facenet.network.load_state_dict(recognizer.network.state_dict())
        return facenet
    from recognizers.arcface import ArcFace  # here, since onnx2torch takes seconds
    from recognizers.onnx_file import OnnxFile

    if isinstance(recognizer, OnnxFile | ArcFace):
        graph = backbones.OnnxGraph(str(recognizer.path), crop=recognizer.crop)
        graph.network.load_state_dict(recognizer.network.state_dict())
        return graph
    raise RecognizerError(
        f"{recognizer.name} cannot be trained further; "
        "dlib, FaceNet, ONNX files and what was trained here (file:PATH) can"
    )
