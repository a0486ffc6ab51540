"""Training recognisers: the tracker's own and the surrogates that poisons are crafted on."""

from recognizers.training.augmentation import Transform, flipped_and_shifted
from recognizers.training.classifier import FaceClassifier, new_classifier
from recognizers.training.data import TrainingData
from recognizers.training.finetuning import trainable_backbone
from recognizers.training.loop import Training, train
from recognizers.training.progress import Epoch, TrainingProgress
from recognizers.training.settings import TrainingSettings
from recognizers.training.trainer import Step, Trainer

__all__ = [
    "Epoch",
    "FaceClassifier",
    "Step",
    "Trainer",
    "Training",
    "TrainingData",
    "TrainingProgress",
    "TrainingSettings",
    "Transform",
    "flipped_and_shifted",
    "new_classifier",
    "train",
    "trainable_backbone",
]
