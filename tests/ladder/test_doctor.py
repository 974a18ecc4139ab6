"""The doctor finds what is broken and says what to do."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from ladder import doctor
from ladder.doctor import Check, checks
from ladder.errors import ModelError, StorageError


def found(name: str) -> Check:
    return next(check for check in checks() if check.name == name)


@pytest.fixture(autouse=True)
def good_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the checksums of the models be right: reading half a gigabyte is another test's."""
    from ladder.models import bundled

    monkeypatch.setattr(bundled, "verify", lambda: None)


def test_a_good_installation_has_nothing_broken(home: Path) -> None:
    assert [check for check in checks() if check.state == "broken"] == []
    assert not (home / ".doctor").exists()


def test_a_missing_package_is_broken(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "faiss-cpu":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(doctor.importlib.metadata, "version", version)
    assert found("packages").state == "broken"
    assert "faiss-cpu" in found("packages").sentence


def test_another_version_than_the_tested_one_is_worth_a_look(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_tested", lambda: {"faiss-cpu": "0.0.1"})
    assert found("packages").state == "look"
    assert "tested: 0.0.1" in found("packages").sentence


def test_damaged_models_are_broken(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ladder.models import bundled

    def refuse() -> None:
        raise ModelError("model.safetensors is damaged.")

    monkeypatch.setattr(bundled, "verify", refuse)
    assert found("models") == Check("models", "broken", "model.safetensors is damaged.")


def test_little_disk_is_worth_a_look(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LOW_DISK", 10**18)
    assert found("disk").state == "look"


def test_a_workspace_that_cannot_be_written_is_broken(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, text: str) -> None:
        raise StorageError(f"Could not write {path}: the folder cannot be written by you.")

    monkeypatch.setattr(doctor, "write_text", refuse)
    assert found("workspace").state == "broken"
