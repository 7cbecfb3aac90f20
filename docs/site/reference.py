"""The generated pages of the documents site: what the code says of commands, settings, rights, jobs, API.

Each function gives a page as Markdown. What nobody described is an error, so that everything is described.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer.main
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from mkdocs.exceptions import PluginError

from api.http.problem_types import PROBLEM_TYPES, ProblemType
from api.main import create_api
from api.rest.openapi import API_PATH, describe
from hotspots.access.right_words import right_in_english, right_in_words, role_in_words
from hotspots.access.rights import GRANTED, RIGHTS, SCOPES, Right, Role
from hotspots.model import EVENTS_OF_CASES, EventType
from hotspots.publishing.events.message import IN_DUTCH, MEANINGS, TYPE_PREFIX, Message, headers_of
from hotspots.settings import Settings, environment_name, shipped
from hotspots.settings.file import SECRETS
from hotspots.settings.stored import RULES, STORABLE
from jobs.command import build_app
from jobs.scheduler import JOBS

LIBRARY = Path(shipped("src/hotspots"))


def described(what: str, words: str | None) -> str:
    """The description of something, in one line.

    Raises
    ------
    PluginError
        If there is none; it ends the build.
    """
    if not words or not words.strip():
        raise PluginError(f"wanted a description of {what}, found none: write one where it is made")
    return " ".join(words.split())


def plain(text: str) -> str:
    """Text in which Markdown sees no signs of its own, besides code."""
    parts = re.split(r"(`[^`\n]+`)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"([\\*_\[\]])", r"\\\1", part.replace("<", "&lt;"))
        for part in parts
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; empty when it would have no rows."""
    lines = [" | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    return "\n".join(
        f"| {line} |" for line in [" | ".join(heads), "|".join(["---"] * len(heads)), *lines]
    ) * bool(lines)


def page(title: str, intro: str, parts: Iterable[str]) -> str:
    """A page with its title, its introduction and its parts."""
    return "\n\n".join([f"# {title}", intro, *filter(None, parts)]) + "\n"


def commands_page(root: Any = None) -> str:
    """Every command, as its own help says it."""
    return page(
        "Commands",
        "What `--help` says, of every command. Exit codes: 0 done, 1 an error in one line, 2 wrong usage.",
        _commands(root or typer.main.get_command(build_app()), "hotspots"),
    )


def _commands(command: Any, name: str) -> Iterator[str]:
    command = command.load() if hasattr(command, "load") else command
    context = command.context_class(command, info_name=name)
    described(f"the command '{name}'", command.help)
    level = "##" if name.count(" ") < 2 else "###"
    usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
    subcommands = getattr(command, "commands", {})
    if " " in name:
        yield f"{level} {name}"
    yield plain(command.help)
    if not subcommands:
        yield f"```text\n{usage}\n```"
    rows = []
    for parameter in command.params:
        described(f"'{parameter.opts[0]}' of '{name}'", getattr(parameter, "help", None))
        form, words = parameter.get_help_record(context)
        rows.append((f"`{form}`", plain(" ".join(words.split()))))
    yield table(("option", "what it does"), rows)
    for word, subcommand in subcommands.items():
        yield from _commands(subcommand, f"{name} {word}")


def settings_page(reasons: Mapping[str, str] | None = None) -> str:
    """Every setting with its type, its default and its reason, by section."""
    known = (
        _reasons(shipped("config/hotspots.toml").read_text(encoding="utf-8")) if reasons is None else reasons
    )
    schema = Settings.model_json_schema()
    defaults = Settings().model_dump(mode="json")
    parts = []
    for section in Settings.model_fields:
        parts.append(f"## {section}")
        of_section = schema["$defs"][schema["properties"][section]["$ref"].rpartition("/")[2]]
        rows = []
        for key, field in of_section["properties"].items():
            name = f"{section}.{key}"
            reason = described(f"the setting '{name}' in config/hotspots.toml", known.get(name))
            default = "" if name in SECRETS else _value(defaults[section][key])
            rows.append(
                (f"`{key}`", shape(field), f"`{default}`" if default else "", plain(reason) + _changed(name))
            )
        parts.append(table(("setting", "type", "default", "what it is, and why"), rows))
    return page(
        "Settings",
        "Made of `config/hotspots.toml`, which has each setting with its reason, and of the types in "
        f"`hotspots.settings`. `{environment_name('section.key')}` in the environment wins over the file.",
        parts,
    )


def _changed(name: str) -> str:
    if name in RULES:
        return " *Also changed on `/beheer/regels`, by two persons.*"
    return " *Also changed on `/beheer/instellingen`.*" if name in STORABLE else ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if len(text) <= 80 else "see the file"


def _reasons(text: str) -> dict[str, str]:
    """The comment above each setting of the file; a table below a section is a setting of it."""
    reasons: dict[str, str] = {}
    section, comment = "", [""]
    for line in text.splitlines():
        if line.startswith("#"):
            if not re.match(r"# (#|\[|\w+ = )", line):  # an example of the file, not a sentence
                comment.append(line.lstrip("# "))
            continue
        if head := re.fullmatch(r"\[(\w+)(?:\.(\w+))?\]", line):
            section = head[1]
            if head[2]:
                reasons[f"{section}.{head[2]}"] = " ".join(comment)
        elif key := re.match(r"(\w+) = ", line):
            reasons.setdefault(f"{section}.{key[1]}", " ".join(comment))
        comment = []
    return reasons


def shape(schema: Mapping[str, Any]) -> str:
    """What a value is, after its JSON schema: type, choices and bounds.

    Examples
    --------
    >>> shape({"type": "integer", "minimum": 1}), shape({"type": "array", "items": {"enum": ["a", "b"]}})
    ('integer, ≥ 1', 'list of a, b')
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(shape(choice) for choice in schema[word]))
    if "const" in schema or "enum" in schema:
        return ", ".join(str(choice) for choice in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {shape(schema.get('items', {}))}"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"table of {shape(inner)}" if isinstance(inner, dict) else "table"
    bounds = [
        f"{sign} {schema[word]}"
        for word, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if word in schema
    ]
    return ", ".join([schema.get("format", schema.get("type", "anything")), *bounds])


def rights_page() -> str:
    """Every right with its words in Dutch and in English, and who has it."""
    rows = []
    for right in Right:
        held = [f"{role} ({reach})" for role, reach in RIGHTS[right].items()]
        machine = ["machine"] if right in SCOPES else []
        rows.append(
            (
                f"`{right}`" + (" (by name)" if right in GRANTED else ""),
                described(f"the right '{right}' in Dutch", right_in_words(right)),
                described(f"the right '{right}' in English", right_in_english(right)),
                ", ".join([*held, *machine]),
            )
        )
    roles = [(f"`{role}`", described(f"the role '{role}'", role_in_words(role))) for role in Role]
    return page(
        "Rights and roles",
        "The one table of rights, `hotspots.access.rights`, in words. *By name*: the role makes it possible, "
        "and a person is given it. How they are applied: [roles and rights](../roles.md).",
        [
            table(("right", "in Dutch: mag …", "in English: may …", "who"), rows),
            "## Roles",
            table(("role", "in Dutch"), roles),
        ],
    )


def jobs_page() -> str:
    """Every job with what it does and when, with the settings that ship."""
    settings = Settings()
    rows = [
        (
            f"`{name}`",
            when(job.plan.trigger(settings)),
            plain(described(f"the job '{name}'", job.work.__doc__)),
        )
        for name, job in JOBS.items()
    ]
    return page(
        "Jobs",
        "What `hotspots schedule` does, in this order, at the moments of the settings that ship. How: "
        "[unattended work](../jobs.md).",
        [table(("job", "when", "what"), rows)],
    )


def when(trigger: BaseTrigger) -> str:
    """The moments of a trigger."""
    if isinstance(trigger, IntervalTrigger):
        minutes = round(trigger.interval.total_seconds() / 60)
        return "every minute" if minutes == 1 else f"every {minutes} minutes"
    fields = {field.name: str(field) for field in trigger.fields}
    day = "day" if fields["day_of_week"] == "*" else fields["day_of_week"]
    return f"every {day} at {int(fields['hour']):02}:{int(fields['minute']):02}"


def events_page() -> str:
    """Every type of event with what it tells, and one as it is sent."""
    rows = [
        (
            f"`{TYPE_PREFIX}{kind}`",
            plain(described(f"the event '{kind}' in English", MEANINGS.get(kind))),
            plain(described(f"the event '{kind}' in Dutch", IN_DUTCH.get(kind))),
            "who reads cases" if kind in EVENTS_OF_CASES else "all",
        )
        for kind in EventType
    ]
    at = datetime(2023, 12, 4, 9, 12, 3, tzinfo=UTC)
    event = Message(
        id="0a9e6a5c-3b3f-5d0e-8a58-4f7f3a3f0f11",
        type=EventType.DECIDED,
        at=at,
        sequence=42,
        hotspot_id="5f1c3f0e-8f3b-4c57-9a53-0f5be1c2a7d4",
        number="HS-2023-014",
    )
    body = event.body(Settings())
    headers = headers_of(event.id, body, [b"an example"], now=at)
    sent = "\n".join(f"{name}: {value}" for name, value in headers.items())
    return page(
        "Events",
        "What other systems are told by HTTP POST, as CloudEvents: ids and links, no personal data.",
        [
            table(("type", "what it tells", "in Dutch", "told to"), rows),
            "## One as it is sent",
            f"```text\n{sent}\n```",
            f"```json\n{json.dumps(json.loads(body), ensure_ascii=False, indent=2)}\n```",
        ],
    )


def problems_page(types: Mapping[str, ProblemType] = PROBLEM_TYPES) -> str:
    """Every kind of problem that the API tells, with what it means and what to do."""
    parts = []
    for slug, kind in types.items():
        parts += [
            f"## {kind.title}",
            f"`{kind.path}`, HTTP {kind.status}",
            plain(described(f"what the problem '{slug}' means", kind.meaning)),
            plain(described(f"what to do about the problem '{slug}'", kind.action)),
        ]
    return page(
        "Problemen",
        "De soorten problemen die de API noemt (RFC 9457), elk met een eigen pagina in de dienst.",
        parts,
    )


def api_page(document: Mapping[str, Any] | None = None) -> str:
    """Every request of the API and every document it gives, after its OpenAPI description."""
    description = document or openapi()
    parts = []
    for tag in description["tags"]:
        parts += [f"## {tag['name']}", described(f"the tag '{tag['name']}'", tag.get("description")) + "."]
        for path, methods in description["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation.get("tags", []):
                    parts += _operation(f"{method.upper()} {API_PATH}{path}", operation, description)
    parts.append("## Documenten")
    for name, schema in sorted(description["components"]["schemas"].items()):
        parts += [f"### {name}", plain(schema.get("description", ""))]
        parts.append("" if "properties" in schema else f"`{shape(schema)}`")
        parts.append(_fields(schema))
    return page(
        "API",
        "Alles wat van `/v1` gevraagd kan worden, uit de beschrijving ([openapi.json](openapi.json)). "
        "Voorbeelden staan in [the API, by example](../api.md).",
        parts,
    )


def openapi() -> dict[str, Any]:
    """The OpenAPI description, as `/v1/openapi.json` gives it."""
    settings = Settings()
    api = create_api(settings)
    api.state.settings = settings
    return describe(api, path=API_PATH)


def _operation(name: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is meant by a reference to a part that requests share."""
        if "$ref" not in part:
            return part
        kind, _, shared = part["$ref"].removeprefix("#/components/").partition("/")
        meant: Mapping[str, Any] = document["components"][kind][shared]
        return meant

    yield f"### {name}"
    yield f"**{plain(described(name, operation.get('summary')))}**"
    yield plain(operation.get("description", ""))
    yield table(
        ("vraag", "waar", "soort", "wat"),
        [
            (
                f"`{parameter['name']}`",
                parameter["in"],
                f"`{shape(parameter['schema'])}`",
                plain(described(f"'{parameter['name']}' of {name}", parameter.get("description"))),
            )
            for parameter in map(resolved, operation.get("parameters", []))
        ],
    )
    bodies = operation.get("requestBody", {}).get("content", {})
    yield ", ".join(f"Stuur {_named(body)} als `{kind}`." for kind, body in bodies.items())
    yield table(
        ("antwoord", "soort", "document"),
        [
            (status, f"`{kind}`" if kind else "", _named(content))
            for status, answer in operation["responses"].items()
            for kind, content in (resolved(answer).get("content") or {"": {}}).items()
        ],
    )


def _named(content: Mapping[str, Any]) -> str:
    form = shape(content["schema"]) if "schema" in content else ""
    return f"[{form}](#{form.lower()})" if "$ref" in content.get("schema", {}) else f"`{form}`" * bool(form)


def _fields(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", [])
    return table(
        ("veld", "soort", "wat"),
        [
            (
                f"`{name}`" + ("" if name in required else " (kan ontbreken)"),
                f"`{shape(field)}`",
                plain(field.get("description", "")),
            )
            for name, field in schema.get("properties", {}).items()
        ],
    )


def packages() -> dict[str, str]:
    """The packages of the library with the first line of each."""
    return {
        path.parent.name: described(
            f"the package '{path.parent.name}'",
            (re.findall(r'^"""(.+?)(?:"""|\n)', path.read_text(encoding="utf-8")) or [""])[0],
        )
        for path in sorted(LIBRARY.glob("*/__init__.py"))
    }


def library_index() -> str:
    """The packages of the library."""
    rows = [(f"[`hotspots.{name}`]({name}.md)", plain(words)) for name, words in packages().items()]
    intro = "Made of the docstrings. What begins with an underscore is no part of it."
    return page("The library", intro, [table(("package", "what is in it"), rows)])


def library_page(name: str) -> str:
    """Everything public of one package, filled in by mkdocstrings; kept out of the search for users."""
    return f"---\nsearch:\n  exclude: true\n---\n\n# hotspots.{name}\n\n::: hotspots.{name}\n"


def reference_index() -> str:
    """What the reference has."""
    rows = [
        ("[Commands](commands.md)", "every command with its options"),
        ("[Settings](settings.md)", "every setting with its type, default and reason"),
        ("[Rights and roles](rights.md)", "every right in Dutch and in English, and who has it"),
        ("[Jobs](jobs.md)", "what is done unattended, and when"),
        ("[Events](events.md)", "every type of event that other systems are told"),
        ("[API](api.md)", "every request and every document of `/v1` (Dutch)"),
        ("[Problems](problems.md)", "every kind of problem that the API tells (Dutch)"),
        ("[Library](library/index.md)", "every public function and class"),
    ]
    return page(
        "Reference", "Made of the code when the site is built.", [table(("page", "what it has"), rows)]
    )
