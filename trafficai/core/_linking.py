"""Compiles all kernels that an entry reaches as one whole.

Numba compiles every function by itself, with all that it calls, in two versions more for callers from Python and C,
optimises that, turns it into machine code, and keeps it. With four hundred kernels in fifteen layers, one far down is
optimised dozens of times. Here a kernel is only lowered to LLVM's intermediate code. An entry links all that it
reaches, each once, and says that nobody else calls them, so that LLVM hands over arguments in registers, drops the
checks for errors that can't happen, and inlines what has one caller.

Measured against Numba's way on the whole core: 43 CPU seconds to compile in the place of 119, and 1.15 to 1.25
times as fast, with the same bits (docs/performance.md).
"""

from __future__ import annotations

import functools
from typing import Any

from llvmlite.binding import Linkage
from numba.core import cgutils
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.lowering import Lower
from numba.core.registry import CPUDispatcher
from numba.core.sigutils import normalize_signature
from numba.core.typed_passes import NativeLowering

ENVIRONMENT = "_ZN08NumbaEnv"
"""How names of variables begin by which compiled code finds objects of Python, of which kernels have none."""

NEVER_IN_KERNELS = frozenset(
    {
        "WithLifting",
        "InlineClosureLikes",
        "MakeFunctionToJitFunction",
        "InlineInlinables",
        "FindLiterallyCalls",
        "LiteralUnroll",
        "LiteralPropagationSubPipelinePass",
        "InlineOverloads",
        "NopythonRewrites",
        "DumpParforDiagnostics",
    }
)
"""Numba's passes for what no kernel has: contexts, closures, literals as arguments, expressions over arrays."""


class KernelLibrary(JITCodeLibrary):
    """The intermediate code of one kernel, neither optimised nor turned into machine code."""

    def add_ir_module(self, ir_module: Any) -> None:
        """Take over a module; what it does not use of its variables may be dropped."""
        for name, variable in ir_module.globals.items():
            if name.startswith(ENVIRONMENT):
                variable.linkage = "linkonce_odr"
        super().add_ir_module(ir_module)

    def finalize(self) -> None:
        """Let entries link it, each under the same name."""
        self._raise_if_finalized()
        for function in self._final_module.functions:
            if not function.is_declaration:
                function.linkage = Linkage.linkonce_odr
        self._shared_module = self._final_module
        self._finalized = True

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout


class EntryLibrary(JITCodeLibrary):
    """The machine code of an entry and of all kernels that it reaches."""

    def finalize(self) -> None:
        """Link all that the entry reaches, and compile it."""
        reached: dict[Any, None] = {}
        waiting = list(self._linking_libraries)
        while waiting:
            library = waiting.pop()
            if library not in reached:
                reached[library] = None
                waiting += library._linking_libraries if isinstance(library, KernelLibrary) else ()
        self._linking_libraries = list(reached)
        super().finalize()

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
                function.linkage = Linkage.internal
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)


class Lowering(Lower):
    """Numba's way from its instructions to LLVM's, without what only a debugger needs."""

    def alloca_lltype(self, name: str, lltype: Any, datamodel: Any = None) -> Any:
        """Make room for a variable."""
        return cgutils.alloca_once(self.builder, lltype, name=name, zfill=False)


@register_pass(mutates_CFG=True, analysis_only=False)
class LowerKernel(NativeLowering):
    """Numba's last step for a kernel: to intermediate code."""

    _name = "lower_kernel"
    lowering_class = Lowering

    def run_pass(self, state: Any) -> bool:
        """Lower the function, and make it known to its callers."""
        state.library = KernelLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = state.flags.no_cpython_wrapper = state.flags.no_cfunc_wrapper = True
        super().run_pass(state)
        state.library.finalize()
        identity = object()  # Numba tells functions apart by their compiled code, which there is none of
        state.targetctx.insert_user_function(identity, state.cr.fndesc, [state.library])
        state.cr = state.cr._replace(cfunc=identity)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class LowerEntry(NativeLowering):
    """Numba's last step for an entry: to machine code, together with its kernels."""

    _name = "lower_entry"

    def run_pass(self, state: Any) -> bool:
        """Lower the function and compile it."""
        state.library = EntryLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        state.flags.no_cfunc_wrapper = True
        return bool(super().run_pass(state))


class KernelCompiler(CompilerBase):
    """Numba's compiler up to the intermediate code."""

    lowering: type[NativeLowering] = LowerKernel
    skipped: frozenset[str] = NEVER_IN_KERNELS

    def define_pipelines(self) -> list[PassManager]:
        """Return the passes, in order."""
        pipeline = PassManager("trafficai")
        for step, text in DefaultPassBuilder.define_nopython_pipeline(self.state).passes:
            if step.__name__ not in self.skipped:
                pipeline.add_pass(self.lowering if step is NativeLowering else step, text)
        pipeline.finalize()
        return [pipeline]


class EntryCompiler(KernelCompiler):
    """Numba's compiler for what Python calls."""

    lowering = LowerEntry
    skipped = frozenset()


class Kernel(CPUDispatcher):
    """A kernel: part of the entries that reach it. Where Python calls it, it becomes an entry of its own."""

    def __init__(self, py_func: Any, locals: Any = None, targetoptions: Any = None) -> None:
        """Hand the function to the kernels' compiler."""
        super().__init__(py_func, locals, targetoptions, pipeline_class=KernelCompiler)

    def compile(self, sig: Any) -> Any:
        """Return what stands for the function for arguments of some types, lowered where it was not yet."""
        with global_compiler_lock, self._compiling_counter:
            args, return_type = normalize_signature(sig)
            lowered: Any = self.overloads.get(tuple(args))
            if lowered is None:
                lowered = self._compiler.compile(args, return_type)  # type: ignore[attr-defined]  # the stubs lack it
                self.overloads[tuple(args)] = lowered
            return lowered.entry_point

    @functools.cached_property
    def alone(self) -> Any:
        """The function as an entry."""
        made = CPUDispatcher(self.py_func, targetoptions=self.targetoptions, pipeline_class=EntryCompiler)
        made.enable_caching()
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it from Python."""
        return self.alone(*args, **kwargs)
