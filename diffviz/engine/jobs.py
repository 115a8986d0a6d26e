"""Jobs: loading a model, running a chain, writing an export; each ends in exactly one closing event."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from diffviz.engine import device as devices
from diffviz.engine.experiments.memory import REST, SHEET_BYTES, Memory
from diffviz.engine.messages import (
    DeviceReady,
    Event,
    ExperimentParts,
    ExperimentRequest,
    ExportProgress,
    ExportRequest,
    GenerateRequest,
    Job,
    JobCancelled,
    JobDone,
    JobFailed,
    LoadRequest,
    ModelFailed,
    ModelInfo,
    ModelLoaded,
    OpenRunRequest,
    RunOpened,
    SaveRunRequest,
    TrainRequest,
)
from diffviz.engine.model_info import one_network
from diffviz.engine.recording import SEND_EVERY_S, Recordings
from diffviz.files import suffix_of
from diffviz.kinds import KINDS

if TYPE_CHECKING:
    from diffviz.engine.control import Control
    from diffviz.export.source import Source
    from diffviz.kinds import Datum
    from diffviz.models import Model
    from diffviz.sheet import Part

log = logging.getLogger(__name__)
FEW = 64  # numbers of each weight, which tell a model from what was trained on from it


class _Stopped(Exception):
    """The person cancelled while something was read."""


class Jobs:
    """The job thread's side of the engine.

    Args:
        emit: called with each event.
        control: what the person steers.
        held: models that are in memory already, by the names under which they can be loaded.
        wanted_device: auto | cpu | cuda | mps.
        ended: called with a job's number before its closing event: the thread is free for the next one.
    """

    def __init__(
        self,
        emit: Callable[[Event], None],
        control: Control,
        held: Mapping[str, Model],
        wanted_device: str,
        ended: Callable[[int], None],
    ) -> None:
        self._emit, self._control, self._held, self._ended = emit, control, held, ended
        self._wanted_device, self._device = wanted_device, torch.device("cpu")
        self._model: Model | None = None
        self._asked: LoadRequest | None = None  # of the model loaded
        self._info: ModelInfo | None = None  # of the model loaded, or of the one that an opened run is of
        self._memory, self._sheets = Memory(), Memory(SHEET_BYTES)
        self._recordings = Recordings(emit, control)

    @property
    def model(self) -> Model | None:
        """The one that is loaded."""
        return self._model

    def find_device(self) -> None:
        """Prove the wanted device, or the next one, and say so."""
        self._device, note = devices.choose(self._wanted_device)
        self._emit(DeviceReady(str(self._device), devices.label(self._device), note))

    def run(self, job: Job) -> None:
        """Run one job to its one closing event, whatever is raised on the way: somebody waits for it."""
        try:
            event = self._load(job) if isinstance(job, LoadRequest) else self._closing(job)
        except BaseException as error:  # a network's own code may call sys.exit
            event = self._failed(job, error)
        self._ended(job.job)
        self._emit(event)

    def _closing(self, job: Job) -> Event:
        ended = self._work(job)
        return JobCancelled(job.job) if ended is None else JobDone(job.job, ended)

    def _work(self, job: Job) -> str | None:
        """The work of a job: None where it was cancelled."""
        if isinstance(job, ExperimentRequest):
            return self._experiment(job)
        if isinstance(job, SaveRunRequest):
            return self._save_run(job)
        if isinstance(job, OpenRunRequest):
            return self._open_run(job)
        if isinstance(job, GenerateRequest):
            return self._generate(job)
        if isinstance(job, TrainRequest):
            from diffviz.engine.learning import learn

            return learn(job, self._emit, lambda: self._control.cancelled)
        assert isinstance(job, ExportRequest)
        return self._export(job)

    def _failed(self, job: Job, error: BaseException) -> Event:
        try:
            message, fault = self._reason(error)
        except BaseException as another:  # while it fell back to the CPU
            error, fault = another, True
            message = f"Unexpected fault: {devices.first_line(error)}."
        if fault:
            log.error("job failed", exc_info=error)
        if isinstance(job, LoadRequest):
            return ModelFailed(job.job, job.name, message)
        return JobFailed(job.job, message, fault)

    def _reason(self, error: BaseException) -> tuple[str, bool]:
        """Why a job failed, for a person; and whether that is no refusal but a fault."""
        lost = devices.lost(self._device, error)
        if lost is not None:
            self._fall_back(f"{lost}; working on the CPU from now on.")
            return f"{lost}. Try again: it runs on the CPU now.", not devices.out_of_memory(error)
        if isinstance(error, (ValueError, OSError)):  # said in words at the border: ModelError, ExportError, steps > T
            return devices.one_line(error), False
        return f"Unexpected fault: {devices.first_line(error)}.", True

    def _fall_back(self, note: str) -> None:
        self._device = torch.device("cpu")
        self._memory, self._sheets = Memory(), Memory(SHEET_BYTES)  # their models lie on the lost device
        loaded, self._model = self._model is not None, None
        with contextlib.suppress(Exception):  # after some faults every call of the driver fails
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        self._emit(DeviceReady("cpu", devices.label(self._device), note))
        if loaded and self._asked is not None:
            try:
                self._model = self._read(self._asked.name, self._asked.scheduler, self._asked.datum)
            except Exception:  # its files may have gone since: Generate says that no model is loaded
                log.exception("reading the model again failed")

    # -- models

    def _read(self, name: str, scheduler: tuple[str, int, str] | None = None, datum: Datum | None = None) -> Model:
        from diffviz.engine.opening import open_model
        from diffviz.models import SchedulerChoice

        choice = SchedulerChoice(*scheduler) if scheduler else None
        model = self._held.get(name) or open_model(name, self._device, choice, datum)
        model.warm_up()
        return model

    def _load(self, job: LoadRequest) -> Event:
        from diffviz.models import ModelError, SchedulerMissing

        try:
            try:
                model = self._read(job.name, job.scheduler, job.datum)
            except RuntimeError as error:
                if self._device.type == "cpu":
                    raise
                self._fall_back(f"The model does not fit the device ({devices.first_line(error)}); using the CPU.")
                model = self._read(job.name, job.scheduler, job.datum)
        except ModelError as error:
            return ModelFailed(job.job, job.name, devices.one_line(error), isinstance(error, SchedulerMissing))
        except BaseException as error:
            log.exception("loading failed")
            message = f"{Path(job.name).name}: could not be loaded ({devices.first_line(error)}); choose another model."
            return ModelFailed(job.job, job.name, message)
        self._sheets.forget(REST)
        self._model, self._info, self._asked = model, info_of(model, job.name), job
        return ModelLoaded(job.job, self._info)

    # -- chains

    def _generate(self, job: GenerateRequest) -> str | None:
        if self._model is None or self._info is None:
            raise ValueError("No model is loaded; choose one in the model menu.")
        return self._recordings.generate(job, self._model, self._info)

    # -- run files

    def _save_run(self, job: SaveRunRequest) -> str:
        from diffviz.engine.run_file import RecordedRun, save_run
        from diffviz.export.exporter import in_words

        tape = self._recordings.tape(job.run)
        if tape is None or not tape.states:
            raise ValueError("That chain is no longer recorded; generate it again.")
        with in_words(Path(job.path)):
            save_run(job.path, RecordedRun(job.scene, tape.info, tuple(tape.states), job.fan))
        return job.path

    def _open_run(self, job: OpenRunRequest) -> str:
        from diffviz.engine.run_file import load_run

        run = load_run(job.path)
        if self._model is None or not one_network(run.info, self._info):
            # what the loaded network says belongs to other chains: none may be gone on with by mistake
            self._model, self._info = None, run.info
        info = self._info or run.info
        self._recordings.keep(job.job, info, run.states)
        self._emit(RunOpened(job.job, job.path, run.scene, info, run.states, run.fan))
        return job.path

    # -- experiments

    def _experiment(self, job: ExperimentRequest) -> str | None:
        from diffviz.engine.experiments.kept import kept_parts
        from diffviz.engine.experiments.workbench import Workbench

        if self._model is None:
            raise ValueError("No model is loaded; choose one in the model menu.")

        def read(name: str) -> Model:
            return self._read(name, datum=job.clouds.get(name))

        bench = Workbench(self._model, job.scene, self._memory, read, job.picture, self._pulse)
        known, parts = kept_parts(bench, self._sheets)
        if known:  # at once, not part by part
            self._emit(ExperimentParts(job.job, known))
        waiting: list[Part] = []
        due_s = 0.0
        try:
            for part in parts:
                waiting.append(part)
                if time.monotonic() >= due_s:
                    self._emit(ExperimentParts(job.job, tuple(waiting)))
                    waiting, due_s = [], time.monotonic() + SEND_EVERY_S
                self._pulse()
        except _Stopped:
            return None
        finally:
            parts.close()
            self._emit(ExperimentParts(job.job, tuple(waiting)))
        return ""

    def _pulse(self) -> None:
        if self._control.cancelled:
            raise _Stopped

    # -- export

    def _export(self, job: ExportRequest) -> str | None:
        from diffviz.export import exporter

        options = job.options
        if job.sheet is not None:
            from diffviz.export.sheets import export_sheet

            progress = export_sheet(job.sheet, job.path, options)
        else:
            source = self._source(job)
            if not job.scene.forward:  # a chain's pictures are never reduced
                options = dataclasses.replace(options, size=max(options.size, *source.frame(0).x_t.shape[:2]))
            if job.filmstrip:
                exporter.export_filmstrip(source, job.path, options)
                return job.path
            progress = exporter.export(source, job.path, options)
        try:
            for step in progress:
                self._emit(ExportProgress(job.job, step.done, step.total))
                if self._control.cancelled and step.done < step.total:  # a file in place is not taken back
                    return None
        finally:
            progress.close()
        return job.path

    def _source(self, job: ExportRequest) -> Source:
        from diffviz.engine.lensing import chain_charts
        from diffviz.engine.samples import row_names
        from diffviz.engine.sources import RecordedSource, forward_source
        from diffviz.engine.states import before_last
        from diffviz.export.options import FRAMES

        if job.scene.forward:
            if job.picture is None:
                raise ValueError("There is no picture to export; open one first.")
            frames, size = job.options.frames or FRAMES, job.options.size
            return forward_source(job.picture, job.scene, frames, size, suffix_of(job.path))
        tape = self._recordings.tape(job.run)
        if tape is None or not tape.states:
            raise ValueError("There is no chain to export yet; press Generate first.")
        first, eps_range = tape.states[0], job.scene.view.eps_range
        schedule, model = tape.info.schedule, self._model if one_network(tape.info, self._info) else None
        last, k = lambda: before_last(tape.states), job.sample
        charts = chain_charts(
            job.scene, schedule, model, job.known, last, k or 0, None if first.values is None else first.values[0]
        )
        count = first.count if k is None else 1
        tile = KINDS[first.kind].tile_size((job.options.size, job.options.size), count)
        names = partial(row_names, job.scene, tape.info.class_names, KINDS[first.kind].grid(count))
        return RecordedSource(list(tape.states), schedule.alpha_bar, eps_range, tile, charts, k, names)


def _stamp(model: Model, name: str) -> str:
    """What tells a model from another one of its name, by the first of its weights; "" where there are none."""
    weights = [] if model.network is None else list(model.weights())
    digest = hashlib.sha256(repr((name, model.summary, model.class_names, model.null_class, model.words)).encode())
    digest.update(model.schedule.beta.tobytes())
    for weight in weights:
        digest.update(weight.detach().flatten()[:FEW].to("cpu", torch.float32).numpy().tobytes())
    return digest.hexdigest() if weights else ""


def info_of(model: Model, name: str) -> ModelInfo:
    """What is shown and kept of a model that was asked for as ``name``."""
    from diffviz.models.pictures import find_picture_sheet
    from diffviz.models.small import SmallNetwork, snapshot_of

    small = snapshot_of(model.network) if isinstance(model.network, SmallNetwork) else None
    return ModelInfo(
        name=name,
        summary=model.summary,
        class_names=tuple(model.class_names),
        null_class=model.null_class,
        schedule=model.schedule,
        sample_shape=model.sample_shape,
        prediction=model.prediction,
        learned_variance=model.learned_variance,
        notes=model.notes,
        any_size=model.any_size,
        pictures=find_picture_sheet(model.folder) is not None,
        kind=model.kind.name,
        clips=model.clip is not None,
        sampling=model.sampling,
        vocabulary=model.words,
        learnt="" if small is None else small.learnt,
        weights=_stamp(model, name),
        small=small,
    )
