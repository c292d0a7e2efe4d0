"""Compiles a loop into a file; runs as a process of its own, which nobody waits for.

`python -m app.fitting.compiled.compiler SHAPE FILE` writes FILE, or FILE.failed with what the compiler said.
"""

import os
import sys
import tempfile
import traceback
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from app.fitting.compiled.shape import Shape
from app.fitting.compiled.tracing import exported


def compile_loop(shape: Shape, path: Path) -> None:
    """Write the compiled loop of a shape; whole, or not at all."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        package = Path(folder) / "loop.pt2"
        torch._inductor.aoti_compile_and_package(exported(shape), package_path=str(package))
        package.replace(path)


def main() -> None:
    """The process."""
    shape, path = Shape.from_json(sys.argv[1]), Path(sys.argv[2])
    path.parent.mkdir(parents=True, exist_ok=True)
    os.nice(10)
    try:
        # A machine compiles one loop at a time; what waits here would be asked for again anyway.
        with FileLock(path.parent / "compiling.lock", timeout=0):
            compile_loop(shape, path)
    except Timeout:
        return
    except Exception:
        path.with_suffix(".failed").write_text(traceback.format_exc())
        sys.exit(1)


if __name__ == "__main__":
    main()
