"""Write the golden numbers of one framework, or of all: python tests/golden/make_golden.py [NAME...].

Each framework runs in a process of its own. README.md beside this file says what must be installed.
"""

import importlib
import os
import subprocess
import sys

FRAMEWORKS = [
    "torch",
    "tensorflow",
    "keras",
    "optax",
    "sklearn",
    "onnx",
    "torchmetrics",
    "transformers",
    "t5x",
    "grad",
]
SETTINGS = {
    "KERAS_BACKEND": "tensorflow",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OMP_NUM_THREADS": "1",
}


def main(names: list[str]) -> int:
    """Run each named maker in a process of its own; the status is the number that failed."""
    unknown = sorted(set(names) - set(FRAMEWORKS))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; expected some of {', '.join(FRAMEWORKS)}")
        return 2
    if len(names) == 1 and all(os.environ.get(k) == v for k, v in SETTINGS.items()):
        importlib.import_module(f"make_{names[0]}").main()
        return 0
    failed = 0
    for name in names or FRAMEWORKS:
        command = [sys.executable, __file__, name]
        failed += subprocess.run(command, env=os.environ | SETTINGS, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
