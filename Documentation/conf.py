# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx configuration. Built by scripts/docs, which says where things are.

The directive kernel-doc is that of the kernel's own documentation, with the
one option this project uses: it shows the comments of the named functions and
structures, or all of a file.
"""

import os
import subprocess

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from docutils.statemachine import StringList
import sphinx
from sphinx.util.nodes import nested_parse_with_titles

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KERNEL_DOC = os.environ.get('KERNEL_DOC', 'kernel-doc')

project = 'chimney'
author = 'the authors of chimney'
copyright = author  # pylint: disable=redefined-builtin
extensions = []
source_suffix = '.rst'
exclude_patterns = []
highlight_language = 'none'
nitpicky = False
html_theme = 'alabaster'
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    'description': 'An NDIS 6 TCP chimney offload target for Linux',
    'page_width': '62em',
    'fixed_sidebar': True,
}


class KernelDoc(Directive):
    """.. kernel-doc:: FILE, with :functions: NAME... to choose."""

    required_arguments = 1
    option_spec = {'functions': directives.unchanged_required}

    def run(self):
        path = os.path.join(TOP, self.arguments[0])
        self.state.document.settings.env.note_dependency(path)
        command = [KERNEL_DOC, '-rst', '-sphinx-version', sphinx.__version__]
        for name in self.options.get('functions', '').split():
            command += ['-function', name]
        done = subprocess.run(command + [path], capture_output=True, text=True,
                              check=False)
        if done.returncode or done.stderr or not done.stdout.strip():
            raise self.error(f'{" ".join(command)}: nothing for '
                             f'{self.arguments[0]}\n{done.stderr}')
        node = nodes.section()
        node.document = self.state.document
        nested_parse_with_titles(
            self.state, StringList(done.stdout.splitlines(), path), node)
        return node.children


def setup(app):
    """Makes the directive known."""
    app.add_directive('kernel-doc', KernelDoc)
    return {'parallel_read_safe': True}
