"""Draws flow directives and fences with flowc, and fails the build where a model is wrong.

An extension of Sphinx 5 and later, for reStructuredText and MyST; see the README beside it.
"""

import base64
import html
import os
import re
import subprocess

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.errors import SphinxError
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

log = logging.getLogger(__name__)


class FlowcError(SphinxError):
    category = "flowc"


class drawing(nodes.General, nodes.Element):
    """What flowc made of a model; it becomes a node that the builder can write."""


class AnyOption(dict):
    """Takes every option as it is: flowc knows which there are."""

    def __bool__(self):
        return True

    def __getitem__(self, name):
        return lambda value: value


class FlowDirective(SphinxDirective):
    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = AnyOption()

    def run(self):
        info = [option(name, value) for name, value in self.options.items()]
        if self.arguments:
            if "\n" in self.arguments[0]:
                raise self.error("a blank line is missing before the model")
            info.insert(0, self.arguments[0])
        source, line = self.get_source_info()
        return draw(self.env, " ".join(info), list(self.content), source, line)


def option(name, value):
    if not value:
        return name if value is None else f'{name}=""'
    if not re.search(r"""[\s"']""", value):
        return f"{name}={value}"
    return f"{name}='{value}'" if '"' in value else f'{name}="{value}"'


class Fences(SphinxTransform):
    """Draws the plain fences of MyST, which have become code blocks, and lost what they say after flow."""

    default_priority = 400
    opening = re.compile(r"[^`~]*(?:`{3,}|~{3,})\s*flow(?:\s+(?P<info>.*))?")

    def apply(self):
        for node in list(self.document.findall(nodes.literal_block)):
            if node.get("language") != "flow":
                continue
            body = node.astext().rstrip("\n").split("\n")
            lines = read(node.source)
            opened = place(lines, body, node.line or 0)[0] - 1
            match = self.opening.fullmatch(lines[opened]) if 0 <= opened < len(lines) else None
            if match:  # else it is a directive code-block, which shows a model
                info = (match["info"] or "").strip()
                node.replace_self(draw(self.env, info, body, node.source, node.line or 0))


def draw(env, info, body, source, line):
    """Runs flowc on a model of a document; source and line are where Sphinx thinks it is."""
    source = (source or env.doc2path(env.docname)).partition(":docstring of ")[0]
    first, column = place(read(source), body, line)
    command = ["--stdin-name", relative(source)]
    if first is not None:
        command += ["--line-offset", str(first), "--column-offset", str(column)]
    node = drawing(info=info, command=command, body=body)
    node["html"], said = flowc(node, info)
    if node["html"] is None:
        env.flowc_failed.append(source)
        log.error(said, location=(env.docname, line))
        return []
    if said:
        log.warning(said, location=(env.docname, line))
    for path in dependencies(body, source):
        env.note_dependency(path)
    return [node]


def flowc(node, info):
    """What flowc writes for a node, or None, and what it says."""
    command = [os.environ.get("FLOWC") or "flowc", "render", "-", "--fence", info, *node["command"]]
    try:
        done = subprocess.run(
            command, input="\n".join(node["body"]) + "\n", capture_output=True, encoding="utf-8"
        )
    except OSError as err:
        raise FlowcError(
            f"flowc cannot be run: {err}\nInstall it with"
            " go install github.com/flowc-lang/flowc/cmd/...@latest, or set FLOWC to its path."
        )
    if done.returncode != 0:
        return None, done.stderr.rstrip() or f"flowc ends with {done.returncode}"
    return done.stdout, done.stderr.rstrip()


def read(source):
    try:
        with open(source, encoding="utf-8-sig") as f:
            return [line.rstrip() for line in f.read().split("\n")]
    except OSError:  # a document that an extension makes has no file
        return []


def place(lines, body, near):
    """How many lines and columns are before a body: engines miscount, so it is looked for nearby."""
    body = [line.rstrip() for line in body]
    found = [
        i
        for i in range(len(lines) - len(body) + 1)
        if all(lines[i + n].endswith(line) for n, line in enumerate(body))
    ]
    if not found or not body:
        return None, 0
    first = min(found, key=lambda i: abs(i - near))
    return first, len(lines[first]) - len(body[0])


def relative(path):
    try:
        return os.path.relpath(path)
    except ValueError:  # on another drive
        return path


class Writable(SphinxPostTransform):
    """Turns drawings into what the builder can write."""

    default_priority = 50  # before Sphinx looks for images

    def run(self, **_):
        kind = self.app.builder.format
        for node in list(self.document.findall(drawing)):
            svg = re.search(r"<svg.*</svg>", node["html"], re.DOTALL)
            if kind == "html":
                node.replace_self(nodes.raw("", node["html"], format="html"))
            elif svg and kind in ("latex", "texinfo"):
                node.replace_self(image(svg[0]))
            else:
                node.replace_self(self.text(node))

    def text(self, node):
        text = node["html"]
        if "<svg" in text:
            text, said = flowc(node, node["info"] + " format=text")
            if text is None:
                raise FlowcError(said)
        text = html.unescape(re.sub(r"<[^>]*>", "", text)).strip("\n")
        return nodes.literal_block(text, text, language="none")


def image(svg):
    uri = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    return nodes.image("", uri=uri, candidates={"?": uri})


def merge(app, env, docnames, other):
    env.flowc_failed += other.flowc_failed


def begin(app, env, docnames):
    env.flowc_failed = []


def end(app, env):
    """Ends the build after all documents were read and before any is written."""
    if env.flowc_failed:
        raise FlowcError(f"{len(env.flowc_failed)} models cannot be drawn, see above")


def setup(app):
    app.add_node(drawing)
    app.add_directive("flow", FlowDirective)
    app.add_transform(Fences)
    app.add_post_transform(Writable)
    app.add_lexer("flow", TextLexer)
    app.connect("env-before-read-docs", begin)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", end)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
