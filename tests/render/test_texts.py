"""The shipped texts, as members and hosts read them; golden/ holds every one of them.

After a change that is meant: `python -m tests.render.test_texts`, then read the difference aloud.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import orchestrator
from adapters import PLATFORMS
from orchestrator.errors import Refused
from orchestrator.flow.decisions import NOBODY_BY_NAME
from orchestrator.playbook.shipped import shipped
from orchestrator.ports import Post
from orchestrator.render import VARIABLES, Renderer, unknown_names
from orchestrator.render.lookup import SUFFIX
from orchestrator.render.renderer import template_of
from orchestrator.rituals import prompt, steps
from orchestrator.rituals.contract import Facts, Written
from orchestrator.rituals.kinds import KINDS
from tests.render.samples import QUESTION, VOICES, playbook, ritual
from tests.rituals.examples import MONDAY, answered, facts

SHIPPED = shipped("templates")
GOLDEN = Path(__file__).parent / "golden"
SPOKEN = {
    "fr": (
        "On a doublé le prix. *Personne* n’est parti.",
        "Rien du tout <!channel>",
        "Le forfait d’entrée, et j’ai eu peur.",
    ),
    "en": ("We doubled it. *Nobody* left.", "Nothing at all <!channel>", "The entry plan, and I was scared."),
}
TEMPLATES = sorted(
    (path.relative_to(SHIPPED).parts[0], "/".join(path.parts[-2:]).removesuffix(SUFFIX))
    for path in SHIPPED.rglob(f"*{SUFFIX}")
)

WORDS = sorted(
    {
        word
        for path in SHIPPED.rglob("words.yaml")
        for word in re.findall(r"^([a-z][a-z ]*):", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
)


def known(language: str, *, answers: int = 3) -> Facts:
    told = [
        answered(number, text, first_name="Léa", place_id=1 + number % 2, platform=("slack", "telegram")[number % 2])
        for number, text in enumerate(SPOKEN[language])
    ]
    return facts(*told[:answers], question={"id": "q", "text": QUESTION[language]})


def all_texts(language: str, tone: str) -> Iterator[tuple[str, str]]:
    render, book = Renderer(), playbook(language, tone, signature="— Alexis")
    asks = prompt.Model.model_validate({"ask": [QUESTION[language]]})
    held = ritual(
        model=asks, text={"fr": "C’est lundi, {{ community }}.", "en": "It is Monday, {{ community }}."}[language]
    )
    for stage, answers in (("post", 0), ("reminder", 0), ("reminder", 1), ("reminder", 2), ("recap", 3)):
        draft = prompt.say(asks, stage, known(language, answers=answers))[0]
        yield f"prompt/{stage}, {answers} answers", shown(render.post(draft, book, held, "c0de"))
    says = steps.Model.model_validate([{"post": {"fr": "Bienvenue ici !", "en": "Welcome here."}[language]}])
    yield "steps/post", shown(render.post(steps.say(says, "s1", facts())[0], book, held, "c0de"))
    question = {"question": Written(QUESTION[language]), "closes_at": MONDAY}
    direct = render.text("prompt/direct", book, question)
    yield "prompt/direct", direct
    yield "words", "\n".join(f"{word}: {render.word(word, book)}" for word in WORDS)


def shown(post: Post) -> str:
    return "\n\n".join([post.text, *(f"[{button.label}] {button.key}" for button in post.buttons)])


def page(language: str, tone: str) -> str:
    return "\n".join(f"==== {name} ====\n\n{text}\n" for name, text in all_texts(language, tone))


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_every_text_reads_as_it_was_last_read_aloud(language: str, tone: str) -> None:
    assert page(language, tone) == (GOLDEN / f"{language}-{tone}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_nothing_shouts(language: str, tone: str) -> None:
    for name, text in all_texts(language, tone):
        assert text.replace("<!channel", "").count("!") <= 1, name


@pytest.mark.parametrize(("language", "name"), TEMPLATES)
def test_every_template_is_there_in_every_voice_and_names_only_known_variables(language: str, name: str) -> None:
    for spoken, tone in VOICES:
        assert Renderer().has(name, playbook(spoken, tone)), f"{name} in {spoken} {tone}"
    for path in (SHIPPED / language).rglob(f"{name}{SUFFIX}"):
        assert unknown_names(path.read_text(encoding="utf-8"), VARIABLES[name]) == []


def test_every_template_with_variables_of_its_own_is_shipped() -> None:
    assert {*VARIABLES} - {"*"} == {name for _, name in TEMPLATES}
    assert {name.split("/")[0] for name in VARIABLES} - {"*", "hosts", "member"} == {*KINDS}


def test_every_word_that_the_program_says_is_there_and_no_other() -> None:
    said = {f"member on {platform}" for platform in PLATFORMS}
    for path in Path(orchestrator.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and _name(call.func) in ("word", "Word", "ButtonDraft"):
                first = [node for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant)] if call.args else []
                said |= {str(node.value) for node in first if " on " not in str(node.value)}
    said |= set(NOBODY_BY_NAME)
    for spoken, tone in VOICES:
        assert {word for word in WORDS if _has(word, spoken, tone)} == said - {""}


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _has(word: str, language: str, tone: str) -> bool:
    try:
        return bool(Renderer().word(word, playbook(language, tone)))
    except Refused:
        return False


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_labels_fit_where_slack_puts_them(language: str, tone: str) -> None:
    render, book = Renderer(), playbook(language, tone)
    for word in ("answer", "form title", "form submit", "form cancel", "approve", "skip"):
        assert len(render.word(word, book)) <= 24


def test_a_communitys_own_template_and_words_come_first(tmp_path: Path) -> None:
    (tmp_path / "fr/prompt").mkdir(parents=True)
    (tmp_path / "fr/prompt/post.md.j2").write_text("Ici {{ question }}", encoding="utf-8")
    (tmp_path / "fr/prompt/sobre.md.j2").write_text("Sobre.\n{{ qestion }}", encoding="utf-8")
    (tmp_path / "fr/words.yaml").write_text("answer: Vas-y", encoding="utf-8")
    render, book = Renderer(tmp_path), playbook()
    draft = prompt.say(prompt.Model.model_validate({"ask": ["Quoi ?"]}), "post", known("fr"))[0]
    post = render.post(draft, book, ritual(), "c0de")
    assert (post.text.split()[0], post.buttons[0].label) == ("Ici", "Vas-y")
    with pytest.raises(Refused) as refused:
        render.post(draft, book, ritual(template={"post": "sobre"}), "c0de")
    assert refused.value.what == 'templates/fr/prompt/sobre.md.j2:2: unknown variable "qestion"'
    (tmp_path / "fr/prompt/sobre.md.j2").write_text("Corrigé.", encoding="utf-8")
    assert render.post(draft, book, ritual(template={"post": "sobre"}), "c0de").text == "Corrigé."


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "prompt/../../x", "/etc/passwd", "prompt/x/y", "Prompt/post", "nothing"]
)
def test_a_template_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        Renderer().text(name, playbook(), {})


def test_a_template_named_for_one_step_leaves_the_others_alone() -> None:
    asks = steps.Model.model_validate([{"post": "Bonjour."}, {"ask": "Et toi ?"}])
    said = [steps.say(asks, stage, facts())[0] for stage in ("s1", "s2")]
    held = ritual(kind="steps", model=asks, template={"ask": "sobre"})
    assert [template_of(draft, held) for draft in said] == ["steps/post", "prompt/sobre"]
    held = ritual(kind="steps", model=asks, template={"post": "sobre"})
    assert [template_of(draft, held) for draft in said] == ["steps/sobre", "prompt/post"]


def test_everyone_is_mentioned_by_the_opening_post_alone() -> None:
    loud = ritual(mention="everyone")
    for stage, mentions in (("post", True), ("recap", False)):
        draft = prompt.say(loud.model, stage, known("fr"))[0]
        assert Renderer().post(draft, playbook(), loud, "c0de").mention_everyone is mentions


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for voice in VOICES:
        (GOLDEN / f"{'-'.join(voice)}.md").write_text(page(*voice), encoding="utf-8")
