#!/usr/bin/env python3
"""check_commands.py MINUSONE ROOT: runs the commands that the handbook shows, and holds it to what it shows of their output.

A command is a line "$ ..." of a fenced block, or in a block without such lines each line that begins as a command does. It runs
as it stands in a folder that has the project's protocols, with the changes below. It must not end as a usage error, unless the
page shows its message. Each line that the page shows of its output must come up, if the output is the same each time: a free
run's is not, but the grade and the sentence of each of its outcomes must be the protocol's. In a line "..." stands for anything,
and a time and the id of a build are whatever they are.
"""
import json, os, pathlib, re, shlex, shutil, subprocess, sys, tempfile, time

BEGINS = r"(?:build/release/bin/)?minusone |printf |cp |\./demo|\./check|cmake |ctest |clang-format |docs/|apt-get "
REPEATABLE = {"build", "explore", "grade", "list", "play", "replay", "report", "step"}

# Shorter than a reader would have it.
SHORTER = [(r"--time-limit \S+", "--time-limit 300ms"), (r"--rounds \d+", "--rounds 40"), (r"--times \d+", "--times 10"),
           (r"conform (\S+)$", r"conform \1 --sizes 1+2")]
# Not run here, and why.
SKIPPED = [
    (r"^\./|^cmake |^ctest |^clang-format |^apt-get ", "it builds, or is what runs this"),
    (r"^docs/make_site", "docs.site_builds_without_warnings runs it"),
    (r"bin/shm(read|write)", "it waits for somebody who types, on a key of the machine's own; the defects' tests run it"),
    (r"--gdb ", "it opens a debugger; cli_test drives one"),
    (r"conform .*(--all|--liveness)", "minutes of SPIN; model_test verifies the models"),
    (r"SCHEDULE|PROTOCOL|FILE", "it stands for a command"),
]
# More of the same would take long and say nothing new.
AT_MOST = {"grade": 1, "conform": 1}
LEAST = 40  # commands: fewer, and the pages are not read as they should be


def blocks(text):
    """The commands of each fenced block, each with the lines of output behind it."""
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.M | re.S):
        lines = block.splitlines()
        mark = r"\$ " if any(line.startswith("$ ") for line in lines) else ""
        commands = []
        for line in lines:
            command = re.match(rf"{mark}((?:{BEGINS}).*)$", line)
            if command:
                commands.append((command[1], []))
            elif commands and line.strip():
                commands[-1][1].append(line)
        yield from commands


def prepare(folder, root):
    """What the pages speak of: the protocols, and files of the reader's own."""
    for name in ("naive", "safe", "examples"):
        (folder / name).symlink_to(root / name)
    shutil.copy(root / "naive/counter/counter.cpp", folder / "my_slot.cpp")
    shutil.copy(root / "stress/explore/programs/abba.c", folder / "prog.c")


class Handbook:
    def __init__(self, minusone, root, folder):
        self.minusone, self.root, self.folder = minusone, root, folder
        self.environment = dict(os.environ, XDG_CACHE_HOME=str(folder / "cache"), NO_COLOR="1")
        self.ran, self.wrong, self.skipped, self.by_verb = 0, [], {}, {}

    def run(self, line):
        return subprocess.run(line, shell=True, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=500)

    def why_skipped(self, command, verb):
        for pattern, reason in SKIPPED:
            if re.search(pattern, command):
                return reason
        self.by_verb[verb] = self.by_verb.get(verb, 0) + 1
        if self.by_verb[verb] > AT_MOST.get(verb, 1000):
            return f"{AT_MOST[verb]} commands of `{verb}` are enough"
        return None

    def with_this_build(self, command):
        """A schedule carries the id of the build that it was found on: of ours, here."""
        def renewed(match):
            explored = self.run(f"{self.minusone} explore {match[1]} --json -").stdout
            return f"replay {match[1]} {json.loads(explored)[0]['build']}:"
        return re.sub(r"replay (\S+) [0-9a-f]{12}:", renewed, command)

    def take(self, page, command, shown):
        short = command.replace("build/release/bin/minusone", "minusone").split(" #")[0].strip()
        for pattern, instead in SHORTER:
            short = re.sub(pattern, instead, short)
        match = re.search(r"\bminusone (\S+)", short)
        verb = match[1] if match else short.split()[0]
        reason = self.why_skipped(short, verb)
        if reason:
            return self.skipped.setdefault(reason, []).append(short)
        line = re.sub(r"\bminusone\b", lambda _: self.minusone, self.with_this_build(short), count=1)
        began = time.monotonic()
        done = self.run(line)
        self.ran += 1
        print(f"{time.monotonic() - began:5.1f} s  {short}", flush=True)
        if done.returncode == 4:  # the machine does not allow it: something is not installed
            return self.skipped.setdefault(done.stderr.strip(), []).append(short)
        refused = any(text.startswith("minusone: ") for text in shown)
        if done.returncode not in ((2,) if refused else (0, 1, 3)):
            self.wrong.append(f"{page}: `{short}` ended with {done.returncode}: {done.stderr.strip()[:300]}")
        if verb in REPEATABLE or refused:
            said = [" ".join(text.split()) for text in (done.stdout + done.stderr).splitlines()]
            for text in shown:
                if not any(re.fullmatch(as_pattern(text), line) for line in said):
                    self.wrong.append(f"{page}: `{short}` does not print: {text.strip()}")
        elif verb == "stress":
            self.check_outcomes(page, short, shown)

    def check_outcomes(self, page, command, shown):
        rows = [re.match(r"\s+(?:X|ok)\s.*\s(acceptable|interesting|forbidden)\s+(.+)$", text) for text in shown]
        for row in filter(None, rows):
            protocol = pathlib.Path(command.split()[2])
            source = (self.root / protocol / f"{protocol.name}.cpp").read_text()
            source = re.sub(r'"\s*\n\s*"', "", source)  # a literal that goes on in the next line
            if not re.search(rf'{row[1]}\([^)]*"{as_pattern(row[2])}', re.sub(r"\s+", " ", source)):
                self.wrong.append(f"{page}: `{command}`: the protocol does not say: {row[1]} {row[2]}")


def as_pattern(shown):
    pattern = re.escape(" ".join(shown.split())).replace(re.escape("..."), ".*")
    pattern = re.sub(r"in\\ \d+\\\.\d\\ s", r"in\\ \\d+\\.\\d\\ s", pattern)
    return re.sub(r"\b[0-9a-f]{12}:", "[0-9a-f]{12}:", pattern)


def main():
    minusone, root = shlex.quote(str(pathlib.Path(sys.argv[1]).resolve())), pathlib.Path(sys.argv[2]).resolve()
    pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted(root.glob("docs/*.md")),
             *sorted(root.glob("naive/*/lesson.md")), *sorted(root.glob("safe/*/lesson.md")),
             root / "examples/README.md"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepare(folder, root)
        handbook = Handbook(minusone, root, folder)
        for page in pages:
            for command, shown in blocks(page.read_text()):
                handbook.take(page.relative_to(root), command, shown)
    for reason, commands in handbook.skipped.items():
        print(f"not run: {reason}\n" + "".join(f"         {command}\n" for command in commands), end="")
    for text in handbook.wrong:
        print("WRONG    " + text)
    if handbook.ran < LEAST:
        print(f"WRONG    only {handbook.ran} commands were found: expected {LEAST} at least")
    print(f"{handbook.ran} commands of the handbook were run")
    return 1 if handbook.wrong or handbook.ran < LEAST else 0


sys.exit(main())
