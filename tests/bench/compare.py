#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/bench/compare.py - measures libgannet beside PyTorch and KANN and prints the table of docs/performance.md. compare.sh says how to run it.

Ours and theirs are processes that wait (bench_worker, compare_torch.py) and are asked in turn, so that both see the same machine; the ratio of
each pair counts, and its median is printed."""
import argparse
import contextlib
import functools
import json
import os
import pathlib
import platform
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SETTINGS = {"1": ["eager", "channels_last"], "2": ["eager", "channels_last", "compiled", "compiled_last"]}
KANN_PICTURES, KANN_BATCH = 12000, 64  # nine tenths are trained with, one tenth validates


@functools.cache
def core_types():
    """What OpenBLAS takes the processor for: what it finds out, or with AVX-512 the one whose code has that too."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        if "avx512f" in file.read():
            return {"": {}, ", OPENBLAS_CORETYPE=SKYLAKEX": {"OPENBLAS_CORETYPE": "SKYLAKEX"}}
    return {"": {}}


class Worker:
    """A process that trains; from its start to its first step done it takes `start` seconds."""
    def __init__(self, command, environment=None):
        begin = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                        env={**os.environ, **(environment or {})})
        ready = self.process.stdout.readline().split()
        self.start = time.perf_counter() - begin
        if not ready:
            raise RuntimeError("no answer from " + " ".join(map(str, command)))
        self.losses, self.parameters = tuple(map(float, ready[1:3])), int(ready[3])

    def ask(self, request):
        print(request, file=self.process.stdin, flush=True)
        answer = float(self.process.stdout.readline().split()[0])
        time.sleep(0.15)  # threads may spin for a while before they sleep, OpenBLAS's for 0.11 s
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


class Bench:
    def __init__(self, options):
        self.folder, self.threads, self.pairs = pathlib.Path(options.build) / "tests/bench", options.threads, options.pairs
        self.scratch = pathlib.Path(options.scratch)
        self.rows, self.notes = [], []

    def ours(self, work, batch, threads=None, export=None):
        command = [self.folder / "bench_worker", work, batch, threads or self.threads, *([export] if export else [])]
        return Worker(list(map(str, command)))

    def torch(self, python, work, batch, setting, blas_threads, core="", *same):
        export = self.scratch / f"{work}-{batch}.safetensors"
        if not export.exists():
            self.ours(work, batch, export=export).__exit__()
        command = [python, HERE / "compare_torch.py", work, batch, self.threads, export, setting, *same]
        return Worker(list(map(str, command)),
                      {"OMP_NUM_THREADS": str(self.threads), "OPENBLAS_NUM_THREADS": str(blas_threads), **core_types()[core]})

    def row(self, what, measured, value, bar, aim, smaller=False):
        reached = [value <= limit if smaller else value >= limit for limit in (bar, aim)]
        sign = "≤" if smaller else "≥"
        self.rows.append((what, measured, f"{sign} {bar:g}", f"{sign} {aim:g}", "aim" if reached[1] else "bar" if reached[0] else "no"))
        print("#", *self.rows[-1], sep=" | ", file=sys.stderr, flush=True)


def pair_times(ours, theirs, request, pairs):
    """Medians of both and of theirs / ours."""
    for worker in (ours, theirs):
        worker.ask(request)  # warms up
    times = [(ours.ask(request), theirs.ask(request)) for _ in range(pairs)]
    return (*map(statistics.median, zip(*times)), statistics.median(b / a for a, b in times))


def version(python):
    return subprocess.run([python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True, check=True).stdout.strip()


def best_time(bench, python, work, batch, request, *setting):
    """Infinite, and said so, where this PyTorch cannot do it."""
    try:
        with bench.torch(python, work, batch, *setting) as worker:
            worker.ask(request)
            return min(worker.ask(request) for _ in range(3))
    except (RuntimeError, IndexError, BrokenPipeError):
        print(f"# {python}: {work} does not run with {setting}", file=sys.stderr, flush=True)
        return float("inf")


def fastest_setting(bench, python, work, batch, request, settings):
    """Of all settings with OPENBLAS_NUM_THREADS=1, then of both numbers of threads, then of the code that OpenBLAS runs."""
    def fastest(candidates):
        return min(candidates, key=lambda setting: best_time(bench, python, work, batch, request, *setting))

    how, *_ = fastest([(setting, 1, "") for setting in settings])
    threads = fastest([(how, count, "") for count in sorted({1, bench.threads})])[1]
    return fastest([(how, threads, core) for core in core_types()])


def show_equal_work(bench, python, work, batch):
    export = bench.scratch / f"{work}-{batch}.safetensors"
    with bench.ours(work, batch, export=export) as ours, bench.torch(python, work, batch, "eager", 1, "", "same") as theirs:
        if ours.parameters != theirs.parameters:
            raise RuntimeError(f"{work}: {ours.parameters} parameters here, {theirs.parameters} in PyTorch")
        difference = max(abs(a - b) for a, b in zip(ours.losses, theirs.losses))
        if difference > 1e-3:
            raise RuntimeError(f"{work}: losses {ours.losses} here, {theirs.losses} in PyTorch")
        losses = ["{:.7g} {:.7g}".format(*worker.losses) for worker in (ours, theirs)]
        bench.notes.append(f"| {work}, batch {batch} | {version(python)} | {ours.parameters:,} | {losses[0]} | {losses[1]} | {difference:.1e} |")


def against(python, setting):
    return f"against PyTorch {version(python)} ({setting[0]}, OPENBLAS_NUM_THREADS={setting[1]}{setting[2]})"


def against_torch(bench, python, work, batch, request, limits, what):
    show_equal_work(bench, python, work, batch)
    setting = fastest_setting(bench, python, work, batch, request, SETTINGS[version(python)[0]])
    with bench.ours(work, batch) as ours, bench.torch(python, work, batch, *setting) as theirs:
        mine, other, ratio = pair_times(ours, theirs, request, bench.pairs)
    bench.row(f"{what} {against(python, setting)}", f"{1e3 * mine:.2f} ms, {1e3 * other:.2f} ms: {ratio:.2f} times faster", ratio, *limits)


def over_the_run(pairs):
    """Medians of both and of their ratios, and how far these go."""
    ratios = sorted(b / a for a, b in pairs)
    return *map(statistics.median, zip(*pairs)), statistics.median(ratios), f"({len(pairs)} pairs over the run, {ratios[0]:.2f} to {ratios[-1]:.2f})"


class Image:
    """One image's time here and in PyTorch, in pairs over the run: its minutes differ by half."""
    request = "infer 200"

    def __init__(self, bench, python):
        self.python, self.setting = python, fastest_setting(bench, python, "dcgan", 1, self.request, ["eager"])
        self.workers = bench.ours("dcgan", 1), bench.torch(python, "dcgan", 1, *self.setting)
        self.pairs = []
        self.pair()  # warms up

    def pair(self):
        return tuple(worker.ask(self.request) for worker in self.workers)

    def row(self, bench):
        mine, other, ratio, spread = over_the_run(self.pairs)
        bench.row(f"generator, one image, {against(self.python, self.setting)}",
                  f"{1e3 * mine:.2f} ms, {1e3 * other:.2f} ms: {ratio:.2f} times faster {spread}", ratio, 3, 10)
        for worker in self.workers:
            worker.__exit__()


@functools.cache
def fastest_core(bench):
    """What makes the large sgemm fastest that is the limit."""
    return max(core_types().values(), key=lambda core: run_figures(bench, core, "bench_ops", "gemm 2048", 3)[0]["limit"])


def figures(bench, program, only, repetitions, thread_count=None):
    return run_figures(bench, fastest_core(bench), program, only, repetitions, thread_count)


def run_figures(bench, core, program, only, repetitions, thread_count=None):
    command = [bench.folder / program, "--json", "--threads", thread_count or bench.threads, "--repetitions", repetitions, "--only", only]
    return json.loads(subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True, env={**os.environ, **core}).stdout)


def large_sgemm(bench):
    step = figures(bench, "bench_step", "dcgan step, batch 64", bench.pairs)[0]
    bench.row("dcgan step, batch 64, beside 26.6 GFLOP in large sgemms", f"{step['value']:.1f} ms, {step['limit']:.1f} ms: {step['ratio']:.3f}",
              step["ratio"], 1.30, 1.15, smaller=True)


def threads_pair(bench):
    """Two threads' time and that of one. A pair is measured after each row: in some minutes the processors share less than in others."""
    with bench.ours("dcgan", 64, 2) as two, bench.ours("dcgan", 64, 1) as one:
        two.ask("step 3"), one.ask("step 3")
        return two.ask("step 10"), one.ask("step 10")


def threads(bench, pairs):
    fast, slow, ratio, spread = over_the_run(pairs)
    bench.row("2 threads against 1, dcgan step", f"{1e3 * fast:.1f} ms, {1e3 * slow:.1f} ms: {ratio:.2f} {spread}", ratio, 1.85, 1.95)


def batches(bench):
    worst, texts = 0.0, []
    for batch in (128, 256, 512, 1024):
        with bench.ours("dcgan", 64) as small, bench.ours("dcgan", batch) as large:
            small.ask("step 3"), large.ask("step 1")
            ratios = [large.ask("step 1") / batch / (small.ask(f"step {batch // 64}") / 64) for _ in range(bench.pairs)]
        ratio = statistics.median(ratios)
        worst = max(worst, abs(ratio - 1))
        texts.append(f"{batch}: {ratio:.3f}")
    bench.row("time per image, how far from that of batch 64", f"{worst:.3f} ({', '.join(texts)})", worst, 0.08, 0.03, smaller=True)


def peak_memory(start):
    """After three steps: the median of five processes."""
    peaks = []
    for _ in range(5):
        with start() as worker:
            worker.ask("step 3")
            peaks.append(worker.ask("memory"))
    return statistics.median(peaks)


def memory(bench, python):
    mine = peak_memory(lambda: bench.ours("dcgan", 64))
    peaks = {setting: peak_memory(lambda: bench.torch(python, "dcgan", 64, setting, 1)) for setting in ("eager", "channels_last")}
    least = min(peaks, key=peaks.get)
    bench.row(f"peak resident memory, dcgan batch 64, of PyTorch's {version(python)} ({least})",
              f"{mine / 1e6:.0f} MB, {peaks[least] / 1e6:.0f} MB: 1/{peaks[least] / mine:.1f}", peaks[least] / mine, 5, 8)


def start(bench):
    times = []
    for _ in range(5):
        with bench.ours("dcgan", 64) as worker:
            times.append(worker.start)
    bench.row("start to first step done, dcgan batch 64, in seconds", f"{statistics.median(times):.3f} s", statistics.median(times), 0.25, 0.1, smaller=True)


def library_size(bench, library):
    stripped = bench.scratch / "stripped.so"
    subprocess.run(["strip", "-o", stripped, library], check=True)
    megabytes = stripped.stat().st_size / 1e6
    bench.row("stripped shared library, in MB", f"{megabytes:.3f} MB", megabytes, 1, 0.5, smaller=True)


# --- KANN -----------------------------------------------------------------------------------------------------------------------------------


def write_rows(path, rows):
    with open(path, "w") as file:
        for i, row in enumerate(rows):
            file.write("\t".join([str(i), *(f"{x:g}" for x in row)]) + "\n")


def write_kann_data(bench):
    """Built-in digits as KANN reads them: 1,000 pictures, again and again."""
    export = bench.scratch / "digits.safetensors"
    bench.ours("mnist_cnn", 1000, export=export).__exit__()
    raw = export.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])

    def numbers(name):
        first, last = header[name]["data_offsets"]
        return struct.unpack(f"<{(last - first) // 4}f", raw[8 + size + first:8 + size + last])

    images, labels = numbers("images"), numbers("labels")
    pictures = [[(x + 1) / 2 for x in images[784 * i:784 * i + 784]] for i in range(1000)]
    classes = [[float(k == label) for k in range(10)] for label in labels]
    write_rows(bench.scratch / "x.knd", pictures * (KANN_PICTURES // 1000))
    write_rows(bench.scratch / "y.knd", classes * (KANN_PICTURES // 1000))


def kann_epochs(bench, program, ours):
    """(ours, theirs) for each epoch from the second on: from the line that KANN prints at the end of one to the next, and ours around it, while
    KANN is stopped. The first has the reading of the data in it."""
    command = [program, "-m", "4", "-t", str(bench.threads), bench.scratch / "x.knd", bench.scratch / "y.knd"]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        pairs, before, begin = [], None, None
        for line in process.stderr:
            if not line.startswith("epoch:"):
                continue
            end = time.perf_counter()
            process.send_signal(signal.SIGSTOP)
            after = our_epoch(ours)
            if before:
                pairs.append(((before + after) / 2, end - begin))
            before = after
            process.send_signal(signal.SIGCONT)
            begin = time.perf_counter()
    return pairs


def our_epoch(ours):
    """As many steps as KANN makes, and as many batches in inference as it validates."""
    trained = KANN_PICTURES * 9 // 10 // KANN_BATCH
    return trained * ours.ask(f"step {trained}") + trained // 9 * ours.ask(f"infer {trained // 9}")


def against_kann(bench, program):
    write_kann_data(bench)
    with bench.ours("mnist_cnn", KANN_BATCH) as ours:
        our_epoch(ours)
        pairs = [pair for _ in range(2) for pair in kann_epochs(bench, program, ours)]
    mine, other = zip(*pairs)
    ratios = [b / a for a, b in pairs]
    bench.row(f"KANN's mnist-cnn, an epoch of {KANN_PICTURES:,} pictures, against KANN", f"{statistics.median(mine):.2f} s, {statistics.median(other):.2f} s: "
              f"{statistics.median(ratios):.1f} times faster", statistics.median(ratios), 8, 15)


# --- all of it ------------------------------------------------------------------------------------------------------------------------------


def processor():
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    return platform.processor()


def print_markdown(bench):
    print(f"{processor()}, {os.cpu_count()} processors, {bench.threads} threads, medians of {bench.pairs} pairs, {time.strftime('%Y-%m-%d')}.\n")
    print("| what | measured: ours, theirs | bar | aim | met |\n|---|---|---|---|---|")
    for row in bench.rows:
        print("| " + " | ".join(row) + " |")
    print("\n| work | PyTorch | parameters | losses of the first step here | there | difference |\n|---|---|---|---|---|---|")
    for note in bench.notes:
        print(note)


def print_figures(bench, title, program, only, thread_counts):
    """The programs that need nobody to compare with, fewer times."""
    for count in thread_counts:
        print(f"\n{title}, {count} thread{'s' if count > 1 else ''} (`{program}`):\n\n| | measured | least | ratio |\n|---|---|---|---|")
        for f in figures(bench, program, only, bench.pairs // 2 | 1, count):
            unit = f["unit"]
            print(f"| {f['name']} | {f['value']:.4g} {unit} | {f['limit']:.4g} {unit} | {f['ratio']:.2f} |", flush=True)


def print_programs(bench):
    both = (bench.threads, 1)
    print_figures(bench, "Steps beside their operations in large sgemms", "bench_step", " ", (bench.threads,))
    print_figures(bench, "Where the time of a step goes", "bench_profile", "dcgan", both)
    print_figures(bench, "Inference beside its operations or the reading of its weights", "bench_latency", " ", (bench.threads,))
    print_figures(bench, "Start of the process to first step, beside a step that is warm", "bench_start", " ", (bench.threads,))
    print_figures(bench, "Peak memory beside parameters with gradients and moments", "bench_memory", " ", (bench.threads,))
    print_figures(bench, "Growth", "bench_growth", " ", both)


def rows_of(bench, options):
    """Functions that measure a row each."""
    yield lambda: large_sgemm(bench)
    for python in options.python:
        dcgan_limits = (2.5, 3.5) if version(python)[0] == "1" else (1.2, 1.6)
        yield lambda: against_torch(bench, python, "dcgan", 64, "step 3", dcgan_limits, "dcgan step, batch 64,")
        yield lambda: against_torch(bench, python, "mlp_cgan", 32, "step 40", (3, 6), "MLP cGAN step, batch 32,")
        yield lambda: against_torch(bench, python, "mnist_cnn", 64, "step 20", (2, 3.5), "KANN's mnist-cnn, a step of 64,")
        yield lambda: memory(bench, python)
    if options.kann:
        yield lambda: against_kann(bench, options.kann)
    else:
        bench.rows.append(("KANN's mnist-cnn against KANN", "skipped: KANN does not name its built mnist-cnn", "≥ 8", "≥ 15", ""))
    yield lambda: batches(bench)
    yield lambda: start(bench)


def measure(bench, options):
    pairs, images = [], [Image(bench, python) for python in options.python]
    for measure_row in rows_of(bench, options):
        measure_row()
        pairs.append(threads_pair(bench))
        for image in images:
            image.pairs.append(image.pair())
    threads(bench, pairs)
    for image in images:
        image.row(bench)
    library_size(bench, options.library)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("library", help="the shared library")
    parser.add_argument("python", nargs="*", help="each with torch")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=11)
    parser.add_argument("--kann", help="KANN's mnist-cnn")
    options = parser.parse_args()
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # some machines set them for all
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as options.scratch:
        bench = Bench(options)
        measure(bench, options)
    print_markdown(bench)
    print_programs(bench)


main()
