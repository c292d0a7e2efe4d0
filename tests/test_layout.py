"""The tests are laid out as the service is: whoever changes a module finds what holds it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
APP = TESTS.parent / "app"
MODULES = [path for path in sorted(TESTS.rglob("*.py")) if path.name != "__init__.py"]
MIRRORED = [
    path
    for floor in ("api", "cli", "client", "fitting", "jobs", "operations", "schemas")
    for path in sorted((TESTS / floor).rglob("test_*.py"))
]
PACKAGE_OF_CLIENT = APP / "client" / "fit_service_client"
"""The client is a distribution of its own, whose one package is in a folder of it; its tests do without that one."""
APART = ("references",)
"""Folders inside the mirror that hold answers of other programs, and what compares ours with them."""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(TESTS.parent).with_suffix("").parts)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_of_the_tests_only_helpers_are_imported(path: Path) -> None:
    allowed = ("tests.helpers.", "tests.benchmarks.") if "benchmarks" in path.parts else ("tests.helpers.",)
    others = [name for name in imports_of(path) if name.startswith("tests.") and not name.startswith(allowed)]
    assert others == [], "what several tests need belongs to tests/helpers"


@pytest.mark.parametrize("path", MIRRORED, ids=name_of)
def test_a_test_module_is_named_after_the_module_or_the_folder_that_it_tests(path: Path) -> None:
    if path.parent.name in APART:
        return
    folder = APP / path.parent.relative_to(TESTS)
    folder = PACKAGE_OF_CLIENT if folder == APP / "client" else folder
    assert folder.is_dir(), f"there is no {folder.relative_to(APP.parent)}: move the test module"
    subjects = [module.stem for module in folder.glob("*.py") if module.name != "__init__.py"] + [folder.name]
    tested = path.stem.removeprefix("test_")
    assert any(tested == subject or tested.startswith(f"{subject}_") for subject in subjects), (
        f"{folder.relative_to(APP.parent)} has no module that {path.name} tests: rename the test module"
    )


HELD_ELSEWHERE = {
    "certificates": "cli/test_cluster_commands",
    "jobs/dispatch/reaching": "jobs/dispatch/test_remote_cluster",
    "jobs/dispatch/dask_settings": "jobs/dispatch/test_dispatcher",
    "jobs/dispatch/hosting": "jobs/dispatch/test_remote_cluster",
    "jobs/dispatch/local_cluster": "jobs/dispatch/test_dispatcher",
    "jobs/dispatch/tls": "jobs/dispatch/test_remote_cluster",
    "jobs/store/attempt": "jobs/store/test_attempts",
    "jobs/store/curve_endings": "jobs/store/test_part_work",
    "jobs/store/work": "jobs/store/test_part_work",
    "__main__": "test_server",
    "descriptors": "test_connections",
    "main": "api/test_openapi",
    "seldom": "test_connections",
    "cli/consoles": "cli/test_fit",
    "cli/curve_report": "cli/test_fit",
    "cli/databases": "cli/test_keys",
    "cli/endings": "cli/test_fit",
    "cli/options": "cli/test_fit",
    "cli/outputs": "cli/test_fit",
    "cli/progress": "cli/test_fits",
    "cli/report": "cli/test_fit",
    "cli/service": "cli/test_main",
    "cli/service_process": "cli/test_temporary_service",
    "api/fit_presentation": "api/test_fits",
    "api/judging": "api/test_bodies",
    "api/large_answers": "api/test_bodies",
    "api/path_parameters": "api/test_openapi",
    "api/proxy_paths": "browser/test_behind_nginx",
    "api/problem_details": "api/test_error_handlers",
    "api/security/addresses": "api/security/test_access",
    "api/security/calling": "api/test_fits",
    "api/security/description": "api/test_openapi",
    "api/security/link_tokens": "api/test_shared_links",
    "api/security/key_ring": "api/security/test_access",
    "api/security/sessions": "api/security/test_access",
    "api/services": "api/test_health",
    "api/target_presentation": "api/test_data",
    "api/waiting": "api/test_preferences",
    "api/waits": "test_connections",
    "api/event_description": "api/test_openapi",
    "api/webhook_description": "api/test_openapi",
    "api/event_ids": "api/test_events",
    "api/event_streams": "api/test_events",
    "api/followed": "api/test_events",
    "api/open_streams": "api/test_events",
    "jobs/store/marks": "jobs/dispatch/test_watch",
    "client/fit_service_client/answers": "client/test_fit_calls",
    "client/fit_service_client/base_client": "client/test_client",
    "client/fit_service_client/base_fit": "client/test_client",
    "client/fit_service_client/documents": "client/test_tables",
    "client/fit_service_client/errors": "client/test_problems",
    "client/fit_service_client/exchanges": "client/test_sending",
    "client/fit_service_client/expressions": "client/test_symbols",
    "client/fit_service_client/frames": "client/test_fit_calls",
    "client/fit_service_client/methods": "client/test_async_client",
    "client/fit_service_client/transports": "client/test_sending",
    "client/fit_service_client/version": "client/test_fit_service_client",
    "fitting/autograd/elementwise": "fitting/autograd/test_error_functions",
    "fitting/autograd/interpolation": "fitting/autograd/test_bessel",
    "fitting/curves/alone": "fitting/curves/test_training",
    "fitting/curves/batches": "fitting/curves/test_training",
    "fitting/curves/descent": "fitting/curves/test_training",
    "fitting/curves/ends": "fitting/curves/test_training",
    "fitting/curves/warnings": "fitting/curves/test_statistics",
    "fitting/exports/c_helpers": "fitting/exports/test_c",
    "fitting/exports/mathml_functions": "fitting/exports/test_mathml",
    "fitting/exports/python_helpers": "fitting/exports/test_python",
    "fitting/exports/symbols": "fitting/exports/test_latex",
    "fitting/exports/writer": "fitting/exports/test_excel",
    "fitting/formulas/compiler": "fitting/formulas/test_formula",
    "fitting/formulas/walk": "fitting/formulas/test_linearity",
    "fitting/optimizers/levenberg_marquardt/ends": "fitting/optimizers/levenberg_marquardt/test_optimizer",
    "fitting/optimizers/levenberg_marquardt/gauss_newton": "fitting/optimizers/levenberg_marquardt/test_refinement",
    "fitting/optimizers/levenberg_marquardt/restricted": "fitting/optimizers/levenberg_marquardt/test_optimizer",
    "fitting/optimizers/levenberg_marquardt/trust_region": "fitting/optimizers/levenberg_marquardt/test_optimizer",
    "fitting/programs/code": "fitting/programs/test_program",
    "fitting/programs/coverage": "fitting/programs/test_training",
    "fitting/programs/emitter": "fitting/programs/test_machine",
    "fitting/programs/inputs": "fitting/programs/test_shape",
    "fitting/programs/passes": "fitting/programs/test_program",
    "fitting/programs/rules/build": "fitting/programs/rules/test_rules",
    "fitting/programs/rules/reductions": "fitting/programs/rules/test_rules",
    "fitting/programs/rules/shapes": "fitting/programs/rules/test_rules",
    "fitting/programs/schedule": "fitting/programs/test_program",
    "fitting/programs/values": "fitting/programs/test_program",
    "jobs/calculations/process": "jobs/calculations/test_calculations",
    "jobs/calculations/memory": "jobs/calculations/test_calculations",
    "jobs/callers/links": "jobs/store/test_links",
    "jobs/store/callers": "jobs/store/test_keys",
    "jobs/callers/caller": "jobs/store/test_fits",
    "operations/metrics": "api/test_metrics",
    "jobs/dispatch/endings": "api/test_request_lines",
    "jobs/fit/library": "jobs/submission/test_models",
    "jobs/fit/optimizer": "jobs/worker/test_process",
    "jobs/fit/problem": "jobs/fit/test_upcast",
    "jobs/fit/result": "jobs/fit/test_upcast",
    "jobs/fit/stored": "jobs/fit/test_upcast",
    "fitting/profile/following": "fitting/profile/test_coefficients",
    "fitting/problems/curve_compression": "fitting/curves/test_compression",
    "fitting/statistics/warnings": "fitting/statistics/test_summary",
    "fitting/starts/residuals": "fitting/starts/test_search",
    "fitting/starts/thinning": "fitting/starts/test_search",
    "fitting/statistics/propagation": "fitting/statistics/test_summary",
    "fitting/numerics/crossings": "fitting/statistics/test_inverse_prediction",
    "fitting/statistics/fieller": "fitting/statistics/test_inverse_prediction",
    "fitting/statistics/section": "fitting/statistics/test_inverse_prediction",
    "jobs/data/reading/": "jobs/data/reading/test_reading",
    "jobs/data/roles": "jobs/data/test_table",
    "jobs/dispatch/supervision": "chaos/test_workers",
    "jobs/store/belongings": "jobs/store/test_fits",
    "jobs/results/profiled_inverse": "jobs/results/test_inverse",
    "jobs/results/same_data": "jobs/results/test_comparison",
    "jobs/results/tallied": "jobs/results/test_comparison",
    "jobs/results/fitted_curves": "jobs/results/test_derived",
    "jobs/results/fitted": "jobs/results/test_prediction",
    "jobs/store/curve_labels": "jobs/results/test_inverse",
    "jobs/store/damage": "chaos/test_damaged_rows",
    "jobs/store/migration": "jobs/store/test_postgresql",
    "jobs/store/of_settings": "api/test_bodies",
    "jobs/store/new_fits": "jobs/store/test_fits",
    "jobs/store/opened_file": "chaos/test_database_file",
    "jobs/store/opening": "test_server",
    "jobs/submission/checks": "jobs/submission/test_resolve",
    "schemas/snapshot": "api/test_events",
    "schemas/catalogue": "jobs/results/test_catalogue",
    "schemas/curve_results": "api/test_curves",
    "schemas/outgoing": "api/test_openapi",
    "schemas/response": "api/test_fits",
    "schemas/check": "api/test_checks",
    "schemas/link": "api/test_shared_links",
    "schemas/webhook": "api/test_deliveries",
    "schemas/table": "jobs/data/test_table",
    "schemas/curves": "api/test_predictions",
    "schemas/export": "api/test_exports",
    "schemas/hyperparameters": "jobs/submission/test_resolve",
    "schemas/problem_details": "api/test_error_handlers",
    "schemas/missing_values": "schemas/test_target",
    "schemas/reading": "jobs/data/reading/test_reading",
    "schemas/status": "test_readme",
    # Every optimizer and every model of the library is tried by the same tests.
    "fitting/optimizers/": "fitting/optimizers/test_optimizers",
    "fitting/library/": "fitting/library/test_library",
    "jobs/worker/": "jobs/worker/test_process",
    "schemas/problem_kinds/": "schemas/problem_kinds/test_problem_kinds",
    "api/workbooks": "jobs/views/test_workbook",
    "jobs/views/figure_requests": "api/test_plots",
    "jobs/views/figures": "api/test_plots",
    "plots/axes": "plots/test_fit_figure",
    "plots/limits": "plots/test_fit_figure",
    "plots/style": "plots/test_files",
    "plots/summary_box": "plots/test_fit_figure",
    "plots/ticks": "plots/test_loss_figure",
    "schemas/view": "jobs/views/test_of_fit",
}
"""Modules and whole folders without a test module of their name, and the test module that holds what they do."""


def test_every_module_has_a_test_module_of_its_name_or_another_that_holds_it() -> None:
    modules = [path for path in APP.rglob("*.py") if path.name != "__init__.py" and "migrations" not in path.parts]
    names = {path.relative_to(APP).with_suffix("").as_posix(): path for path in modules}
    own = {name for name, path in names.items() if any(_tests_of(path))}
    folders = tuple(name for name in HELD_ELSEWHERE if name.endswith("/"))
    held = {name for name in names if name in HELD_ELSEWHERE or name.startswith(folders)}
    assert sorted(names.keys() - own - held) == [], (
        "write a test module for each, or say in HELD_ELSEWHERE which test module holds what it does"
    )


def test_what_is_held_elsewhere_is_there_and_has_no_test_module_of_its_own() -> None:
    for name, test in HELD_ELSEWHERE.items():
        assert (TESTS / f"{test}.py").is_file(), f"{name}: there is no tests/{test}.py"
        module = APP / f"{name}.py"
        assert (APP / name).is_dir() if name.endswith("/") else module.is_file(), f"there is no app/{name}"
        assert name.endswith("/") or not any(_tests_of(module)), f"{name} has a test module: take it off the list"


def _tests_of(module: Path) -> Iterator[Path]:
    folder = TESTS / "client" if module.parent == PACKAGE_OF_CLIENT else TESTS / module.relative_to(APP).parent
    yield from folder.glob(f"test_{module.stem}.py")
    yield from folder.glob(f"test_{module.stem}_*.py")
