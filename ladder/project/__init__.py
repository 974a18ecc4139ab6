"""Projects and tasks: what a team brings, imported, checked and split once."""

from __future__ import annotations

from ladder.project.documents import check_size, document_text, read_document
from ladder.project.importing import ImportPreview, ImportReport, import_into, preview
from ladder.project.mapping import Mapping, guess_kind, guess_mapping
from ladder.project.near_duplicates import groups, near_duplicate_pairs, normalised
from ladder.project.plan import (
    EvaluationPlan,
    LeakedPair,
    evaluation_plan,
    near_duplicates_across,
    what_validation_means,
)
from ladder.project.power import what_n_can_show
from ladder.project.readers import read_table
from ladder.project.reading import DocumentText, Place
from ladder.project.split import Split, extend_split
from ladder.project.table import RowProblem, Table
from ladder.project.task import METRICS, Evidence, Example, Kind, Task
from ladder.project.task_folder import TaskFolder
from ladder.project.workspace import (
    Project,
    create_example,
    create_project,
    home,
    open_project,
    projects,
)

__all__ = [
    "METRICS",
    "DocumentText",
    "EvaluationPlan",
    "Evidence",
    "Example",
    "ImportPreview",
    "ImportReport",
    "Kind",
    "LeakedPair",
    "Mapping",
    "Place",
    "Project",
    "RowProblem",
    "Split",
    "Table",
    "Task",
    "TaskFolder",
    "check_size",
    "create_example",
    "create_project",
    "document_text",
    "evaluation_plan",
    "extend_split",
    "groups",
    "guess_kind",
    "guess_mapping",
    "home",
    "import_into",
    "near_duplicate_pairs",
    "near_duplicates_across",
    "normalised",
    "open_project",
    "preview",
    "projects",
    "read_document",
    "read_table",
    "what_n_can_show",
    "what_validation_means",
]
