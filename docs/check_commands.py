#!/usr/bin/env python3
"""check_commands.py MINUSONE ROOT: runs the commands that the handbook shows.

Every line "$ minusone ..." or "$ cp ..." of a fenced block, and in the tutorial and the command
line's page every line "minusone ...", is run from the project's root in a copy of the folders that it
names. A command must not end as a usage error unless the page shows its message, and of what a command prints
that is the same each time (explore, play, step, grade, list) each line shown must come up. How often
an outcome came up is no such thing.
"""
import pathlib, re, shlex, subprocess, sys, tempfile

minusone, root = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
pages = sorted([*root.glob("docs/*.md"), *root.glob("naive/*/lesson.md"), *root.glob("safe/*/lesson.md"), root / "README.md"])
shorter = {"--time-limit": "300ms", "--rounds": "60"}
repeatable = {"explore", "play", "step", "grade", "list"}
skipped = re.compile(r"replay |\.so|path/to|mine\.cpp$|PROTOCOL|FILE|demo\b|clean\b|SCHEDULE|report |\.\.\.")


def blocks(text):
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.M | re.S):
        commands, output = [], []
        for line in block.splitlines():
            match = re.match(r"(?:\$ )?((?:build/release/bin/)?minusone .*|printf .*\| minusone .*|cp .*)$", line)
            if match and (line.startswith("$ ") or not commands or not output):
                commands.append((match[1], []))
            elif commands:
                commands[-1][1].append(line)
        yield from commands


def shortened(command):
    words = command.replace("build/release/bin/minusone", "minusone").split("#")[0].split()
    for i, word in enumerate(words[:-1]):
        if word in shorter:
            words[i + 1] = shorter[word]
    return " ".join(words)


ran, wrong = 0, []
with tempfile.TemporaryDirectory() as folder:
    for name in ("naive", "safe"):
        pathlib.Path(folder, name).symlink_to(root / name)
    for page in pages:
        for command, shown in blocks(page.read_text()):
            command = shortened(command)
            if skipped.search(command):
                continue
            line = re.sub(r"\bminusone\b", shlex.quote(minusone), command, count=1)
            done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, timeout=120)
            ran += 1
            expected = 2 if any(text.startswith("minusone: ") for text in shown) else None
            if done.returncode not in ((expected,) if expected else (0, 1, 3)):
                wrong.append(f"{page}: `{command}` ended with {done.returncode}: {done.stderr.strip()[:300]}")
            verb = command.split("minusone ", 1)[-1].split()[0]
            if verb not in repeatable:
                continue
            said = [" ".join(text.split()) for text in (done.stdout + done.stderr).splitlines()]
            for text in shown:
                text = " ".join(text.split())
                varies = re.search(r"\.\.\.|replay:| in \d+\.\d s", text)
                if text and not varies and text not in said:
                    wrong.append(f"{page}: `{command}` does not print: {text}")
for text in wrong:
    print(text)
print(f"{ran} commands of the handbook were run")
sys.exit(1 if wrong or ran < 30 else 0)
