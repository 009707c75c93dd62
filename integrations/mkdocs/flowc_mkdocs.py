"""Draws the flow fences of a MkDocs site with flowc, and fails the build where a model is wrong.

A hook of MkDocs 1.4 and later; see the README beside it.
"""

import logging
import os
import re
import subprocess

from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from mkdocs.exceptions import PluginError

log = logging.getLogger("mkdocs.plugins.flowc")

# The line that opens a fence, behind the indent, the quotes and the list markers
# of what it is in.
OPENING = re.compile(
    r"(?P<prefix>(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*[ \t]*)"
    r"(?P<mark>`{3,}(?!.*`)|~{3,})(?P<info>.*)"
)
# What it says where the fence is a model: flow view=topology, flow {view=topology} or
# {.flow view=topology}.
FLOW = re.compile(r"(?:flow(?=[ \t{,]|$)|\{[ \t]*\.flow(?=[ \t}]))(?P<info>.*)")
MARKER = re.compile(r"[-*+.)\d]")
# What holds the indented lines below it: a list item, an admonition, a tab, a definition, a footnote.
HOLDER = re.compile(r"\s*(?:[-*+][ \t]|\d{1,9}[.)][ \t]|!!!|\?\?\?|===[!+]? *\"|:[ \t]|\[\^[^\]]+\]:)")
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
KEPT = re.compile(r'<style data-flowc="(\d+)"></style>')


class Fence:
    """A fence in lines[first:end], its body without the prefix of what it is in.

    info is what it says after flow; None if it is not a model.
    """

    def __init__(self, lines, first):
        match = OPENING.fullmatch(lines[first])
        self.opens = match is not None
        if not match:
            return
        flow = FLOW.fullmatch(match["info"].strip())
        self.info = flow["info"].strip(" \t{}") if flow else None
        self.prefix = match["prefix"]
        self.first, self.end, self.closed, self.body = first, first + 1, False, []
        closing = re.compile(rf"\s*{match['mark']}{match['mark'][0]}*\s*")
        for line in lines[first + 1 :]:
            line = inside(line, self.prefix)
            if line is None:
                break
            self.end += 1
            if closing.fullmatch(line):
                self.closed = True
                return
            self.body.append(line)
        self.body = []  # it is never closed


def inside(line, prefix):
    """The line without the prefix of its fence, or None if a quote has ended."""
    at = 0
    for c in prefix:
        if c == ">":
            at = len(line) - len(line[at:].lstrip())
            if not line.startswith(">", at):
                return None
            at += 1
        elif line[at : at + 1] in (" ", "\t"):
            at += 1
    return line[at:]


def flow_fences(lines):
    """The flow fences of a document; those that are shown in longer fences are not meant."""
    at = 0
    while at < len(lines):
        fence = Fence(lines, at)
        if fence.opens and fence.info is not None and not is_code(lines, fence):
            yield fence
        at = fence.end if fence.opens and fence.closed else at + 1


def is_code(lines, fence):
    """Whether a fence is in an indented block of code: nothing before it holds indented lines."""
    indent = len(fence.prefix)
    if fence.prefix.strip() or indent < 4:
        return False
    for line in reversed(lines[: fence.first]):
        text = line.lstrip()
        if text and len(line) - len(text) < indent:
            return not HOLDER.match(line)
    return True


class Drawings(Preprocessor):
    """Replaces flow fences, before any other extension looks for fences."""

    page = None
    failed = 0
    styles = []

    def run(self, lines):
        places = self.places()
        out, at = [], 0
        for fence in flow_fences(lines):
            before = fence.prefix.rstrip()
            empty = MARKER.sub(" ", before).rstrip()
            html = self.md.htmlStash.store(self.draw(fence, places))
            out += lines[at : fence.first]
            # blank lines around it make a block of it
            if before == empty:
                out.append(empty)
            out.append(fence.prefix + html)
            at = fence.end
            if "".join(lines[at : at + 1]).strip("> \t"):
                out.append(empty)
        return out + lines[at:]

    def places(self):
        """The fences of the page's file: a plugin may have changed the lines before them."""
        try:
            with open(self.page.file.abs_src_path, encoding="utf-8-sig") as f:
                lines = f.read().expandtabs(self.md.tab_length).split("\n")
        except (OSError, TypeError):  # a page that a plugin makes has no file
            return []
        return list(flow_fences(lines))

    def draw(self, fence, places):
        path = self.page.file.abs_src_path or self.page.file.src_path
        path = os.path.relpath(path)
        command = [os.environ.get("FLOWC") or "flowc", "render", "-", "--stdin-name", path]
        command += ["--fence", fence.info]
        for i, place in enumerate(places):
            if (place.info, place.body) == (fence.info, fence.body):
                command += ["--line-offset", str(place.first + 1)]
                command += ["--column-offset", str(len(place.prefix))]
                path += "" if fence.closed else f":{place.first + 1}"
                del places[i]
                break
        if not fence.closed:
            return self.fail(f"{path}: the fence is not closed: flow {fence.info}")
        try:
            done = subprocess.run(
                command, input="\n".join(fence.body) + "\n", capture_output=True, encoding="utf-8"
            )
        except OSError as err:
            raise PluginError(
                f"flowc cannot be run: {err}\nInstall it with"
                " go install ./cmd/... in a clone of https://github.com/flowc-lang/flowc, or set FLOWC to its path."
            )
        if done.returncode != 0:
            return self.fail(done.stderr or f"{path}: flowc ends with {done.returncode}")
        if done.stderr:
            log.warning(done.stderr.rstrip())
        return STYLE.sub(self.keep, done.stdout.strip())

    def keep(self, style):
        """Takes a style sheet out until the page is written: the search would index it as text."""
        Drawings.styles.append(style[0])
        return f'<style data-flowc="{len(Drawings.styles) - 1}"></style>'

    def fail(self, message):
        """Says what is wrong, and goes on, so that one build shows all there is."""
        Drawings.failed += 1
        log.error(message.rstrip())
        return ""


class FlowExtension(Extension):
    def extendMarkdown(self, md):
        # 25 is the priority of fenced_code and of superfences
        md.preprocessors.register(Drawings(md), "flowc", 26)


def on_config(config, **_):
    Drawings.failed, Drawings.styles = 0, []
    config["markdown_extensions"].append(FlowExtension())
    return config


def on_page_markdown(markdown, page, **_):
    Drawings.page = page
    return markdown


def on_post_page(output, **_):
    return KEPT.sub(lambda match: Drawings.styles[int(match[1])], output)


def on_env(env, **_):
    """Ends the build after all pages were read and before any is written."""
    if Drawings.failed:
        raise PluginError(f"flowc: flow fences that cannot be drawn, see above: {Drawings.failed}")
    return env
