"""Status: the Generate button, the progress bar and the line under it."""

from __future__ import annotations

from diffviz.gui.parts import Parts
from diffviz.meter import duration
from diffviz.session import permits
from diffviz.session.state import Session

FILES = {"export": "exporting…", "save_run": "saving the run…", "open_run": "reading the run…"}


class Status:
    """Says what runs, how far it is, and what cannot be changed meanwhile."""

    def __init__(self, parts: Parts) -> None:
        self._side, self._schedule_panel, self._chains, self._jobs = parts.side, parts.curves, parts.chains, parts.jobs

    def show(self, session: Session) -> None:
        """The button, the bar and the line."""
        job, chains = session.job, self._chains
        chain, experiment = job.kind == "generate", job.kind == "experiment"
        done = chains.states[-1].i if chains.states else 0
        total = chains.run.total or session.scene.sampler.steps
        if experiment or (session.scene.laboratory and not chain):
            done, total = session.sheet.done
        self._side.show_running(chain or experiment, (done, total), self._words(session, done, total))
        self._side.run.pause.setVisible(chain)
        self._schedule_panel.live.setVisible(chain and not session.run.following)
        held = permits.locked(session)
        free = held.replace("Stop", "Stop or pause") if chain else held
        self._side.show_locked("" if job.paused else free, held)

    def _words(self, session: Session, done: int, total: int) -> str:
        job = session.job
        if job.kind in FILES:
            return FILES[job.kind]
        if job.kind and job.stopping:
            return "stopping…"
        if job.kind == "experiment":
            spent = self._jobs.seconds
            left = f" · {duration(spent / done * (total - done))} left" if done and spent > 1 else ""
            return f"{done:,} of {total:,} network calls{left}" if total else "starting…"
        if job.kind == "generate":
            return self._chain_words(session, done, total)
        if session.model.waited:
            return "loading, then generating…"
        if session.model.loading and not session.model.known:
            return "loading the model…"
        if job.stopped and session.scene.laboratory and session.sheet.filled:
            return f"stopped at {done:,} of {total:,} network calls"
        stopped = session.on_chain and session.run.length and done < total
        return f"stopped at step {done} of {total}" if stopped else ""

    def _chain_words(self, session: Session, done: int, total: int) -> str:
        if not session.run.length:
            return "starting…" if session.model.known else "loading the model…"
        steps = session.on_chain and session.run.following  # elsewhere, and looking back, the arrow only walks
        if session.job.paused:
            return f"paused at step {done}/{total}" + (" · → does one" if steps else "")
        if session.scene.view.pace == "step":
            return f"step {done}/{total}" + (" · press → for the next step" if steps else "")
        rate = self._chains.rate
        if not rate:
            return f"step {done}/{total}"
        return f"step {done}/{total} · {rate:.3g} steps/s · {duration((total - done) / rate)} left"
