from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import ModelError
from ladder.models import Reference, load_embedder, load_generator, parse_reference

WORD = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,12}", fullmatch=True)
REFERENCES = st.one_of(
    st.sampled_from(["smollm2-135m-instruct", "all-minilm-l6-v2"]).map(
        lambda name: Reference("bundled", name)
    ),
    st.builds(lambda a, b: Reference("hf", f"{a}/{b}"), WORD, WORD),
    st.builds(lambda name: Reference("run", name), WORD),
    st.builds(lambda name: Reference("path", f"/some/{name}"), WORD),
    st.builds(lambda name: Reference("gguf", f"{name} Q4.gguf"), WORD),
    st.builds(
        lambda model, tag, port: Reference(
            "server", f"{model}:{tag}", f"http://localhost:{port}/v1"
        ),
        WORD,
        WORD,
        st.integers(1, 65535),
    ),
)


@given(REFERENCES)
def test_a_reference_is_read_back_as_it_is_written(reference: Reference) -> None:
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    "text",
    ["", "gpt-4", "hf:", "hf:a/b/c", "hf:../up", "run:../x", "run:", "path:", "server:m",
     "server:m@ftp://x", "server:@http://x", "server:m@http://key@host/v1", "bundled:x"],
)  # fmt: skip
def test_what_names_no_model_is_refused_with_the_forms_that_do(text: str) -> None:
    with pytest.raises(ModelError, match=r"hf:ORG/NAME, path:FOLDER, run:ID"):
        parse_reference(text)


def test_a_model_of_the_other_kind_is_refused_with_those_that_fit(home: object) -> None:
    with pytest.raises(ModelError, match=r"cannot answer; .*smollm2-135m-instruct"):
        load_generator("all-minilm-l6-v2")
    with pytest.raises(ModelError, match=r"does not embed texts; .*all-minilm-l6-v2"):
        load_embedder("smollm2-135m-instruct")
    with pytest.raises(ModelError, match="does not embed texts"):
        load_embedder("server:m@http://localhost/v1")


def test_importing_the_models_package_loads_nothing_heavy() -> None:
    heavy = (
        "torch transformers sentence_transformers peft langchain langchain_core openai numpy "
        "xllamacpp huggingface_hub gguf httpx"
    )
    code = (
        "import sys, ladder.models, ladder.prompt; "
        f"print([m for m in {heavy.split()} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
