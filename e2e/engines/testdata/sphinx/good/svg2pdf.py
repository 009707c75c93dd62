"""Makes PDF of SVG for LaTeX, as extensions do that a site would use."""

import subprocess

from sphinx.transforms.post_transforms.images import ImageConverter


class Converter(ImageConverter):
    conversion_rules = [("image/svg+xml", "application/pdf")]

    def is_available(self):
        return True

    def convert(self, source, target):
        subprocess.run(["rsvg-convert", "-f", "pdf", "-o", target, source], check=True)
        return True


def setup(app):
    app.add_post_transform(Converter)
