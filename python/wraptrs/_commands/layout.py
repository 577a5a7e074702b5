"""How the help of the commands is laid out: as wide as the terminal, with examples as written."""

from argparse import HelpFormatter


class Layout(HelpFormatter):
    """Fills the paragraphs of a text to the width, and leaves its indented lines as they are."""

    def _fill_text(self, text, width, indent):
        from textwrap import fill

        lines, paragraph = [], []
        for line in [*text.splitlines(), ""]:
            if line and not line.startswith(" "):
                paragraph.append(line)
                continue
            if paragraph:
                lines.append(fill(" ".join(paragraph), width, break_on_hyphens=False))
                paragraph = []
            lines.append(line)
        return "\n".join(indent + line for line in lines).rstrip()
