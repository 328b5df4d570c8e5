"""The backbones in PyTorch with two outputs, weights and images by formula, for the scripts about training."""
import torch
import torchvision
from formula import formula_image, formula_tensor
from torch.nn import functional

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CENTRED = ([127 / 255] * 3, [128 / 255] * 3)
HEADS = {"resnet18": "fc", "resnet50": "fc", "mobilenetv2": "classifier.1", "vgg16": "classifier.6", "efficientnet-lite0": "_fc"}
TAILS = {
    "resnet18": ("layer4.",),
    "resnet50": ("layer4.",),
    "mobilenetv2": ("features.17.",),
    "vgg16": ("features.24.", "features.26.", "features.28."),
    "efficientnet-lite0": ("_blocks.15.",),
}
BATCH, SIDE = 4, 64


class SameConv(torch.nn.Conv2d):
    """A convolution padded by TensorFlow's rule: an odd zero goes to the far side."""

    def forward(self, image):
        sides = []
        for size in (image.shape[3], image.shape[2]):
            (kernel, _), (stride, _) = self.kernel_size, self.stride
            pad = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            sides += [pad // 2, pad - pad // 2]
        return super().forward(functional.pad(image, sides))


def conv(inputs, outputs, kernel, stride=1, groups=1):
    return SameConv(inputs, outputs, kernel, stride, groups=groups, bias=False)


def norm(channels):
    return torch.nn.BatchNorm2d(channels, eps=1e-3)


class LiteBlock(torch.nn.Module):
    """Widen, filter each channel, narrow; added to its input where the shape stays."""

    def __init__(self, inputs, outputs, expansion, kernel, stride):
        super().__init__()
        wide = inputs * expansion
        if expansion > 1:
            self._expand_conv, self._bn0 = conv(inputs, wide, 1), norm(wide)
        self._depthwise_conv, self._bn1 = conv(wide, wide, kernel, stride, wide), norm(wide)
        self._project_conv, self._bn2 = conv(wide, outputs, 1), norm(outputs)
        self.activation = torch.nn.ReLU6()
        self.adds = stride == 1 and inputs == outputs

    def forward(self, image):
        x = self.activation(self._bn0(self._expand_conv(image))) if hasattr(self, "_expand_conv") else image
        x = self._bn2(self._project_conv(self.activation(self._bn1(self._depthwise_conv(x)))))
        return x + image if self.adds else x


class EfficientNetLite0(torch.nn.Module):
    """
    Tan and Le 2019, table 1, as TensorFlow's TPU models publish its lite variant: ReLU6, no squeeze-and-excitation, stem and
    head of fixed width. Names as in efficientnet-lite-pytorch.
    """

    STAGES = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]

    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = conv(3, 32, 3, 2), norm(32)
        self._blocks, inputs = torch.nn.ModuleList(), 32
        for expansion, outputs, repeats, stride, kernel in self.STAGES:
            for repeat in range(repeats):
                self._blocks.append(LiteBlock(inputs, outputs, expansion, kernel, stride if repeat == 0 else 1))
                inputs = outputs
        self._conv_head, self._bn1 = conv(320, 1280, 1), norm(1280)
        self._fc = torch.nn.Linear(1280, 1000)
        self.activation = torch.nn.ReLU6()

    def forward(self, image):
        x = self.activation(self._bn0(self._conv_stem(image)))
        for block in self._blocks:
            x = block(x)
        return self._fc(self.activation(self._bn1(self._conv_head(x))).mean((2, 3)))


def network(backbone, weight_of):
    """In single precision, with two outputs; weight_of gives each tensor by its name and shape."""
    makers = {"mobilenetv2": torchvision.models.mobilenet_v2, "efficientnet-lite0": EfficientNetLite0}
    model = makers.get(backbone, getattr(torchvision.models, backbone, None))()
    path = HEADS[backbone]
    old = model.get_submodule(path)
    model.set_submodule(path, torch.nn.Linear(old.in_features, 2))
    state = model.state_dict()
    model.load_state_dict({k: v if k.endswith("num_batches_tracked") else weight_of(k, tuple(v.shape)) for k, v in state.items()})
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def calm(name, shape):
    """
    The formula's weights, moved so that what enters an activation lies well above zero. At a kink float32 and float64 take
    different sides, and after five steps such networks have little in common, in PyTorch too.
    """
    value = formula_tensor(name, shape)
    kind = name.rsplit(".", 1)[1]
    if kind in ("running_mean", "running_var") or name.startswith(tuple(HEADS.values())):
        return value
    if kind == "bias":
        return value + 1.8
    return 0.3 * value if len(shape) == 1 else value


def images(backbone, column):
    """Four different images, cut from the formula's from a column on."""
    grey = torch.from_numpy(formula_image(SIDE * 4)).double()
    planes = [grey[SIDE * k : SIDE * (k + 1), column : column + SIDE] for k in range(BATCH)]
    mean, deviation = (torch.tensor(v).double()[:, None, None] for v in (CENTRED if "lite" in backbone else IMAGENET))
    return (torch.stack(planes)[:, None].expand(-1, 3, -1, -1) / 255 - mean) / deviation


def targets(step):
    return torch.nn.functional.one_hot(torch.tensor([0, 1, 0, (step + 1) % 2]), 2).double()


def freeze(model, backbone, part, statistics="batch"):
    """The part's parameters by name; the others, and their batch normalisation, stay."""
    head, tail = HEADS[backbone], TAILS[backbone]
    prefixes = {"head": (head + ".",), "last-block": (head + ".", *tail), "all": ("",)}[part]
    moving = {name: p for name, p in model.named_parameters() if name.startswith(prefixes)}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in moving)
    model.train()
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d) and (statistics == "running" or not (name + ".").startswith(prefixes)):
            module.eval()
    return moving
