"""What sees: face recognisers, from an aligned crop to an embedding, with gradients where they have them."""

from recognizers.base import Measure, Recognizer, RecognizerError, Threshold, Views
from recognizers.crops import ARCFACE_112, DLIB_150, FACENET_160, CropSpec
from recognizers.registry import available, load

__all__ = [
    "ARCFACE_112",
    "DLIB_150",
    "FACENET_160",
    "CropSpec",
    "Measure",
    "Recognizer",
    "RecognizerError",
    "Threshold",
    "Views",
    "available",
    "load",
]
