#!/usr/bin/env python3
"""Draws what a terminal shows as an SVG: `script -qc ./demo /dev/null | docs/make_picture.py > docs/demo.svg`.

Takes text with ANSI colours from stdin and keeps what follows "In short".
"""
import html
import re
import sys

INK = {"1": "#ffffff", "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341"}
WIDTH, LINE, SIZE = 146, 18, 13


def spans(line):
    ink = "#d0d7de"
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if code:
            numbers = code.group(1).split(";")
            ink = next((INK[n] for n in reversed(numbers) if n in INK), "#d0d7de")
        elif part:
            # Spaces that no renderer takes together.
            yield f'<tspan fill="{ink}">{html.escape(part).replace(" ", chr(0xa0))}</tspan>'


def cut(line):
    visible, kept = 0, ""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if not part.startswith("\x1b"):
            part = part[: max(0, WIDTH - visible)]
            visible += len(part)
        kept += part
    return kept


lines = sys.stdin.read().replace("\r", "").split("\n")
start = next((i for i, line in enumerate(lines) if "In short" in line), 0)
lines = ["$ ./demo"] + [cut(line) for line in lines[start:] if line.strip()]
height = LINE * (len(lines) + 1)
width = int(WIDTH * SIZE * 0.602) + 24
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">')
print("<title>The end of ./demo</title>")
print(f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>')
print(f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}">')
for i, line in enumerate(lines):
    print(f'<text x="12" y="{LINE * (i + 1)}">{"".join(spans(line))}</text>')
print("</g></svg>")
