"""Kills agents of running `minusone stress` at random moments, in all its modes.

random_kills.py MINUSONE [COUNT [SEED]]

Whatever is killed, the run must end by itself, with a verdict or a sentence and the status that goes with it, and
`minusone clean` must leave the kernel as it was. Status 0: so it was each time.
"""
import os
import random
import re
import signal
import subprocess
import sys
import time

PATIENCE = 120  # seconds: only what hangs takes so long
NAMES = ["naive/counter", "naive/flag", "naive/atomic_wait", "safe/sysv_semaphore", "safe/posix_semaphore",
         "safe/atomic_slot", "safe/futex_slot", "safe/robust_mutex"]
ENDINGS = {0: r"HOLDS", 1: r"VIOLATED", 3: r"INCONCLUSIVE|minusone: ", 4: r"minusone: "}


def in_the_kernel():
    """What segments, semaphores and names there are, by what survives a change of counts."""
    objects = {"/dev/shm/" + name for name in os.listdir("/dev/shm")}
    for kind in ("shm", "sem", "msg"):
        with open("/proc/sysvipc/" + kind) as table:
            objects |= {kind + " " + line.split()[1] for line in list(table)[1:]}
    return objects


def children_of(pid):
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as stat:
                state, parent = stat.read().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(entry))
    return found


def agents_of(pid):
    """The leaves below the command: neither itself nor what supervises."""
    below = children_of(pid)
    leaves = []
    for child in below:
        leaves += agents_of(child) or [child]
    return leaves


def workload(draw):
    command = [draw.choice(NAMES), "--writers", str(draw.randint(1, 2)), "--readers", str(draw.randint(1, 3)),
               "--messages", str(draw.choice([1, 100, 100000])), "--seed", str(draw.randint(1, 1000)),
               "--time-limit", "1s", "--segment", draw.choice(["sysv", "posix", "memfd"]),
               "--place", draw.choice(["free", "split", "same"]), "--mode", draw.choice(["soak", "rounds"])]
    if draw.random() < 0.3:
        command += ["--widen", draw.choice(["yield", "spin:50"])]
    if draw.random() < 0.3:
        command += ["--kill", draw.choice(["writer", "reader", "any"])]
    return command


def kill_some(minusone, draw):
    """Returns what was wrong, or nothing, and how many were killed."""
    command = [minusone, "stress"] + workload(draw)
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    killed = 0
    until = time.monotonic() + draw.uniform(0, 0.6)
    for _ in range(draw.randint(1, 3)):
        while run.poll() is None:
            agents = agents_of(run.pid)
            if agents and time.monotonic() > until:
                try:
                    os.kill(draw.choice(agents), signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass
                break
            time.sleep(0.002)
    try:
        output, _ = run.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        run.kill()
        return f"hangs: {' '.join(command)}", killed
    expected = ENDINGS.get(run.returncode)
    if expected is None or not re.search(expected, output):
        return f"status {run.returncode}: {' '.join(command)}\n{output}", killed
    return "", killed


def main():
    minusone, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**6)
    print(f"seed {seed}", flush=True)
    draw = random.Random(seed)
    before = in_the_kernel()
    killed = runs = 0
    while killed < count:
        wrong, some = kill_some(minusone, draw)
        killed += some
        runs += 1
        if wrong:
            print(f"run {runs}: {wrong}")
            return 1
    subprocess.run([minusone, "clean", "--quiet"], check=True)
    left = in_the_kernel() - before
    if left:
        print(f"left in the kernel: {sorted(left)}")
        return 1
    print(f"{killed} agents killed in {runs} runs: each ended with a verdict or a sentence, nothing is left")
    return 0


sys.exit(main())
