"""What every fault test has around it: its options, a seed that is printed, and a folder that stays when it failed."""

import argparse
import pathlib
import random
import shutil
import sys
import tempfile
import time

from house import Fault, Lost


class Trial:
    def __init__(self, options, folder):
        self.options = options
        self.seed = options.seed
        self.chance = random.Random(options.seed)
        self.folder = folder
        self.started = time.monotonic()

    def seconds(self):
        return time.monotonic() - self.started

    def make_folders(self, *names):
        for name in names:
            (self.folder / name).mkdir()
        return [self.folder / name for name in names]


def run_trial(words, numbers, attempt, resumes=False):
    """Reads the options, `numbers` as name: (default, help), and makes the attempt, which gets the Trial and returns in
    words what held. A Fault or Lost says what did not hold. With `resumes` an attempt can begin
    with what an earlier one left. The exit status."""
    name = pathlib.Path(sys.argv[0]).name
    parser = argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    for number, (default, meaning) in numbers.items():
        parser.add_argument(f"--{number}", type=int, default=default, help=f"{meaning} ({default})")
    parser.add_argument("--seed", type=int, default=None, help="of what an earlier run printed")
    if resumes:
        parser.add_argument("--again", type=pathlib.Path, default=None, help="what an earlier run left")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(2**32)
    print(name, *(f"--{number} {getattr(options, number)}" for number in numbers), f"--seed {options.seed}", flush=True)

    again = getattr(options, "again", None)
    trial = Trial(options, again or pathlib.Path(tempfile.mkdtemp(prefix="vitrine-faults-")))
    try:
        held = attempt(trial)
    except (Fault, Lost) as fault:
        print(f"FAILED after {trial.seconds():.0f} s, seed {trial.seed}: {fault}\n  what is left: {trial.folder}")
        return 1
    if not again:
        shutil.rmtree(trial.folder)
    print(f"ok: {held} ({trial.seconds():.0f} s)")
    return 0
