"""Compiler of a shape's programs into a file; it runs as a process of its own, for which nobody waits.

`python -m app.fitting.programs.compiler SHAPE FILE` writes FILE, or FILE.failed with the message of the compiler.
"""

import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from torch._inductor.codegen.cpp_wrapper_cpu import CppWrapperCpu
from torch._inductor.package.package import package_aoti
from torch._inductor.virtualized import V
from torch.export import ExportedProgram

from app.fitting.programs.shape import Shape
from app.fitting.programs.tracing import exported

_OPTIONS = {
    "aot_inductor.package": True,
    # Precompiled headers would take longer than they save, and stay in the folder for temporary files.
    "aot_inductor.precompile_headers": False,
}
_UNFINISHED = "compiling-"

_Wrapper: Any = CppWrapperCpu
_codegen_subgraph = _Wrapper.codegen_subgraph


def _codegen_subgraph_without_unused_buffers(self: Any, subgraph: Any, *outer: Any) -> None:
    # PyTorch 2.13 allocates, at every turn of a loop, buffers that fusion has made superfluous: it looks for their
    # names among those of the outer graph. That takes three quarters of the time of a single fit.
    _codegen_subgraph(self, subgraph, *outer)
    V.graph.removed_buffers.update(subgraph.graph.removed_buffers)


_Wrapper.codegen_subgraph = _codegen_subgraph_without_unused_buffers


def compile_programs(shape: Shape, path: Path) -> None:
    """Write all compiled programs of a shape into the file `path`; write none if one fails."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=_UNFINISHED) as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        files = {name: _compiled(program) for name, program in exported(shape).items()}
        package = Path(folder) / "programs.pt2"
        package_aoti(str(package), files)
        package.replace(path)


def _compiled(program: ExportedProgram) -> Any:
    """Compile one program and return its files."""
    module = program.module(check_guards=False)
    return torch._inductor.aot_compile(module, *program.example_inputs, options=_OPTIONS)


def main() -> None:
    """Compile the shape that the command line gives, unless another process compiles one at the moment."""
    shape, path = Shape.from_json(sys.argv[1]), Path(sys.argv[2])
    path.parent.mkdir(parents=True, exist_ok=True)
    os.nice(10)
    try:
        # A machine compiles one shape at a time; a shape that would have to wait is asked for again anyway.
        with FileLock(path.parent / "compiling.lock", timeout=0):
            for unfinished in path.parent.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            compile_programs(shape, path)
    except Timeout:
        return
    except Exception:
        path.with_suffix(".failed").write_text(traceback.format_exc())
        sys.exit(1)


if __name__ == "__main__":
    main()
