"""Draws flow directives and fences with flowc, and fails the build where a model is wrong.

An extension of Sphinx 5 and later, for reStructuredText and MyST; see the README beside it.
"""

import hashlib
import html
import os
import re
import subprocess
import tempfile

from docutils import nodes
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
            info.insert(0, self.arguments[0])
        source, line = self.get_source_info()
        if "\n" in " ".join(info):
            message = f"{relative(source)}:{line}: a blank line is missing before the model"
            return fail(self.env, message, source, line)
        return draw(self.env, " ".join(info), list(self.content), source, line)


def option(name, value):
    if not value:
        return name if value is None else f'{name}=""'
    if not re.search(r"""[\s"']""", value):
        return f"{name}={value}"
    return f"{name}='{value}'" if '"' in value else f'{name}="{value}"'


class Fences(SphinxTransform):
    """Draws plain fences of MyST and code-block directives. Fences have lost what they say after flow."""

    default_priority = 400
    opening = re.compile(r"[^`~]*(?:`{3,}|~{3,})\s*flow\s+(?P<info>.*)")

    def apply(self):
        for node in list(self.document.findall(nodes.literal_block)):
            if node.get("language") != "flow":
                continue
            body = node.astext().rstrip("\n").split("\n")
            lines = read(node.source)
            opened = (place(lines, body, node.line or 0)[0] or 0) - 1
            match = self.opening.fullmatch(lines[opened]) if 0 <= opened < len(lines) else None
            info = match["info"].strip(" \t{}") if match else ""
            node.replace_self(draw(self.env, info, body, node.source, node.line or 0))


def draw(env, info, body, source, line):
    """Runs flowc on a model of a document; source and line are where Sphinx thinks it is."""
    source = (source or env.doc2path(env.docname)).partition(":docstring of ")[0]
    first, column = place(read(source), body, line)
    command = ["--stdin-name", relative(source)]
    if first is not None and any(line.strip() for line in body):  # flowc finds an empty one by its options
        command += ["--line-offset", str(first), "--column-offset", str(column)]
    node = drawing(info=info, command=command, body=body)
    node["html"], said, needs = flowc(node, info)
    if node["html"] is None:
        return fail(env, said, source, line)
    if said:
        log.warning(said, location=f"{source}:{line}")
    for path in needs:
        env.note_dependency(os.path.abspath(path))
    return [node]


def fail(env, message, source, line):
    """Says what is wrong, and goes on, so that one build shows all there is."""
    env.flowc_failed[env.docname] = env.flowc_failed.get(env.docname, 0) + 1
    log.error(message, location=f"{source}:{line}")
    return []


def flowc(node, info):
    """What flowc writes for a node, or None; what it says; and the files that the model imports."""
    command = [os.environ.get("FLOWC") or "flowc", "render", "-", "--fence", info, *node["command"]]
    with tempfile.TemporaryDirectory() as folder:
        depfile = os.path.join(folder, "d")
        try:
            done = subprocess.run(
                [*command, "--depfile", depfile, "--depfile-target", "html"],
                input="\n".join(node["body"]) + "\n",
                capture_output=True,
                encoding="utf-8",
            )
        except OSError as err:
            raise FlowcError(
                f"flowc cannot be run: {err}\nInstall it with"
                " go install ./cmd/... in a clone of https://github.com/flowc-lang/flowc, or set FLOWC to its path."
            )
        needs = needed(depfile)
    if done.returncode != 0:
        return None, done.stderr.rstrip() or f"flowc ends with {done.returncode}", needs
    return done.stdout, done.stderr.rstrip(), needs


def needed(depfile):
    """The files in the first rule of a depfile, which names them as Make wants them."""
    try:
        with open(depfile, encoding="utf-8") as f:
            rule = f.read().replace("\\\n", " ").partition("\n")[0]
    except OSError:
        return []
    names = re.findall(r"(?:\\ |\S)+", rule.partition(": ")[2])
    return [re.sub(r"\\([ #:])", r"\1", name).replace("$$", "$") for name in names]


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
            elif svg and kind == "latex":
                node.replace_self(self.image(svg[0]))
            else:
                node.replace_self(self.text(node))

    def image(self, svg):
        """A picture of a file, so that converters find it: LaTeX needs one, for it takes no SVG."""
        name = f"flowc-{hashlib.sha256(svg.encode()).hexdigest()[:12]}.svg"
        path = os.path.join(self.app.doctreedir, "images", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(svg)
        self.env.images.add_file(self.env.docname, path)
        return nodes.image("", uri=path, candidates={"image/svg+xml": path})

    def text(self, node):
        text = node["html"]
        if "<svg" in text:
            text, said, _ = flowc(node, node["info"] + " format=text")
            if text is None:
                raise FlowcError(said)
        text = html.unescape(re.sub(r"<[^>]*>", "", text)).strip("\n")
        return nodes.literal_block(text, text, language="none")


def begin(app, env, docnames):
    env.flowc_failed = {}


def merge(app, env, docnames, other):
    """Takes over what another process has read, in a parallel build."""
    env.flowc_failed.update((name, n) for name, n in other.flowc_failed.items() if name in docnames)


def end(app, env):
    """Ends the build after all documents were read and before any is written."""
    failed = sum(env.flowc_failed.values())
    if failed:
        raise FlowcError(f"flow models that cannot be drawn, see above: {failed}")


def setup(app):
    app.add_node(drawing)
    app.add_directive("flow", FlowDirective)
    app.add_transform(Fences)
    app.add_post_transform(Writable)
    app.connect("env-before-read-docs", begin)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", end)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
