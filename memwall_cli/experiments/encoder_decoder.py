"""Experiment 1: BERT-Base encodes and GPT-2 generates, beside what the machine's ceilings allow."""

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from memwall_cli.experiments.ceilings import bandwidth_of, ceilings_for, peak_of
from memwall_cli.experiments.job import Job, Measured
from memwall_cli.experiments.numpy_ops import NumpyOps
from memwall_cli.experiments.prediction import Ceilings, model_row
from memwall_cli.experiments.timing import Timing, timed
from memwall_cli.experiments.torch_device import Device, devices_of
from memwall_cli.experiments.torch_ops import TorchOps
from memwall_cli.experiments.transformer import Transformer
from memwall_cli.workload.config import load_model
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.workload import Workload

FORMAT = "fp32"
ENCODER, DECODER = "bert-base", "gpt2"
CEILING_SHARE = 0.15
DECODER_SHARE = 0.5
"""Of the time that the ceilings leave."""
SLOW = 1.0
"""Seconds; what takes longer is timed twice, else three times at least."""


def measure(job: Job) -> Measured:
    """Measure the ceilings, then both models, on one device.

    Parameters
    ----------
    job : its options hold "lengths", "batches", and those of the job "ceilings".
    """
    begun = perf_counter()
    device = devices_of(job)[-1]
    rows = yield from ceilings_for(job, device, CEILING_SHARE * job.seconds, [FORMAT])
    ceilings = Ceilings(peak_of(rows, FORMAT), bandwidth_of(rows))
    lengths, batches = job.options["lengths"], job.options["batches"]
    for part, share in ((measure_decoder, DECODER_SHARE), (measure_encoder, 1.0)):
        left = job.seconds - (perf_counter() - begun)
        yield from part(job, device, ceilings, lengths, batches, share * left)


def _transformer(job: Job, device: Device, name: str, lengths: Sequence[int]) -> Transformer:
    model = load_model(name)
    ops: Any = NumpyOps() if job.library == "numpy" else TorchOps(device.name)
    return Transformer(model, ops, max(model.positions, *lengths))


def work_of(name: str, phase: Any, batch: int, tokens: int, context: int = 0) -> Workload:
    """Describe to `memwall workload` what is run here.

    Parameters
    ----------
    name : id of the model.
    phase : encode, decode or generate.
    batch, tokens, context : as of a Workload.
    """
    return Workload(load_model(name), phase, batch, tokens, context, Formats.all(FORMAT))


def measure_encoder(
    job: Job,
    device: Device,
    ceilings: Ceilings,
    lengths: Sequence[int],
    batches: Sequence[int],
    seconds: float,
) -> Measured:
    """Time BERT at each length and batch, the short ones first, while the time lasts.

    Parameters
    ----------
    job, device, ceilings : what computes, where, and how fast at best.
    lengths, batches : tokens of a sequence; sequences.
    seconds : to spend.
    """
    begun = perf_counter()
    yield f"{device.label(job)}: BERT-Base, random weights"
    bert = _transformer(job, device, ENCODER, lengths)
    slowness = 1.5
    for batch, length in sorted(((b, n) for b in batches for n in lengths), key=np.prod):
        work = work_of(ENCODER, "encode", batch, length)
        expected = slowness * ceilings.predicted(work)
        # What was measured so far says how far from the ceilings this library stays.
        if perf_counter() - begun + 3 * expected > seconds:
            yield f"left out, the time is up: BERT-Base, {length} tokens, batch {batch}"
            continue
        tokens = bert.ops.tokens(batch, length, bert.model.vocabulary)
        least = 2 if expected > SLOW else 3
        timing = timed(partial(bert.encode, tokens), 1.0, least=least, wait=device.wait)
        slowness = max(1.0, timing.best / ceilings.predicted(work))
        yield model_row(job, device, ceilings, work, timing)
        yield f"BERT-Base encodes {batch} x {length} tokens in {timing.best:.3g} s"


def measure_decoder(
    job: Job,
    device: Device,
    ceilings: Ceilings,
    lengths: Sequence[int],
    batches: Sequence[int],
    seconds: float,
) -> Measured:
    """Time single steps of GPT-2 at several contexts, and one whole generation.

    Parameters
    ----------
    job, device, ceilings : what computes, where, and how fast at best.
    lengths, batches : tokens to generate for a sequence; sequences.
    seconds : to spend.
    """
    begun = perf_counter()
    yield f"{device.label(job)}: GPT-2 small, random weights"
    gpt2 = _transformer(job, device, DECODER, lengths)
    longest, shortest = max(lengths), min(lengths)
    alone: tuple[Callable[[int], object], float] | None = None
    for batch in sorted(batches):
        spent = perf_counter() - begun
        if batch > min(batches) and spent > seconds / 2:
            yield f"left out, the time is up: GPT-2 small, batch {batch}"
            continue
        cache = gpt2.cache(batch, longest)
        tokens = gpt2.ops.tokens(batch, 1, gpt2.model.vocabulary)

        step = partial(gpt2.decode, tokens, cache=cache)
        steps = {
            context: timed(partial(step, context - 1), 0.3, most=20, wait=device.wait)
            for context in sampled_contexts(longest)
        }
        for context, timing in steps.items():
            work = work_of(DECODER, "decode", batch, 1, context)
            yield model_row(job, device, ceilings, work, timing)
        for length in lengths:
            work = work_of(DECODER, "generate", batch, length)
            yield model_row(job, device, ceilings, work, summed(steps, length), "steps")
        best = steps[longest].best
        yield f"GPT-2 makes {batch} tokens at context {longest} in {best:.3g} s"
        if batch == 1:
            alone = step, summed(steps, shortest).best
    if alone and 2 * alone[1] < seconds - (perf_counter() - begun):
        every = partial(_each, alone[0], shortest)
        timing = timed(every, 0.0, least=1, wait=device.wait)
        yield model_row(job, device, ceilings, work_of(DECODER, "generate", 1, shortest), timing)
        yield f"GPT-2 generates {shortest} tokens, every step run, in {timing.best:.3g} s"


def _each(step: Callable[[int], object], length: int) -> None:
    for past in range(length):
        step(past)


def sampled_contexts(longest: int) -> list[int]:
    """Choose the contexts at which a step is timed: the ends, and eighths and quarters between.

    Parameters
    ----------
    longest : the last context.

    Examples
    --------
    >>> sampled_contexts(1024)
    [1, 128, 256, 512, 768, 1024]
    """
    inner = {longest // 8, longest // 4, longest // 2, 3 * longest // 4}
    return sorted({1, longest} | {context for context in inner if context > 1})


def summed(steps: dict[int, Timing], length: int) -> Timing:
    """Sum the steps from context 1 to `length`, on straight lines between measured ones.

    Parameters
    ----------
    steps : timings by context.
    length : tokens to generate.

    Returns
    -------
    Timing
        The sums of the best, the median and the worst runs.

    Examples
    --------
    >>> summed({1: Timing((1.0, 1.0, 2.0)), 3: Timing((3.0, 3.0, 4.0))}, 3).seconds
    (6.0, 6.0, 9.0)
    """
    contexts = sorted(steps)
    at = np.arange(1, length + 1)

    def total(of: Any) -> float:
        return float(np.interp(at, contexts, [of(steps[c].seconds) for c in contexts]).sum())

    return Timing((total(np.min), total(np.median), total(np.max)))
