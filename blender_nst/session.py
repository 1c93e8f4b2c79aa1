"""What the add-on remembers between clicks: the queue, work on the engine, and what it has to say.

``register`` opens the one session and ``unregister`` closes it; nothing else lives at
module level. A ``bpy.app.timers`` timer moves it on. It is not a modal operator, because
Blender saves no recovery files while one runs, and because one ends with its window.
"""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable

import bpy
from bpy.utils import previews

from ..core.protocol import JobError, SphereJob
from .awaited import Awaited
from .engine.steps import EngineReport
from .engine.task import EngineTask, engine_fault
from .errands import Errand
from .identity import ROOT
from .jobs import JobQueue
from .live import LiveTexture
from .main_thread import MainThread
from .notice import Notice
from .occupation import occupation
from .runs import Condition, Run, Written
from .settling import settle, settled
from .sphere_view import SphereView
from .storage import discard
from .taking import Taking
from .waiting import Waiting
from .windows import redraw

log = logging.getLogger(__name__)

TICK_SECONDS = 0.15
_PREVIEW = "job"


class Session:
    """The add-on's memory while it is registered. Main thread only.

    occupied: what Blender is in the middle of; runs that end meanwhile wait for its end. background: whether
    there is no timer. rendering: ``session_uid`` of the scene that Blender renders, 0 for none. taking: what
    of that is to be stylized. main_thread: what the thread that renders leaves to the timer, which goes as
    long as a scene is to be stylized at every render.
    """

    def __init__(
        self, occupied: Callable[[], str] = occupation, background: bool = bpy.app.background
    ) -> None:
        self.queue = JobQueue(ROOT)
        self.live = LiveTexture()
        self.sphere = SphereView(self._sphere_failed)
        self.occupied = occupied
        self.background = background
        self.notice: Notice | None = None
        self.engine_task: EngineTask | None = None
        self.engine_stage = ""
        self.engine_notice: Notice | None = None
        self.ticks = 0
        self._timer = self._tick  # one object: Blender knows a timer by nothing else
        self.taking: Taking | None = None
        self.rendering = 0
        self.main_thread = MainThread()
        self._waiting = Waiting()
        self._errands: list[Errand] = []
        self._awaited: list[Awaited] = []
        self._ended: list[Run] = []
        self._previews = previews.new()
        self._shown = ("", 0)
        self._seen: object = None

    @property
    def runs(self) -> tuple[Run, ...]:
        """Runs that have ended and wait for Blender, the run at work and those that wait for it, in order.

        The last are those that wait for something else.
        """
        return (*self._ended, *self.queue.runs, *self._waiting.runs)

    @property
    def run(self) -> Run | None:
        """The run at work."""
        return self.queue.runs[0] if self.queue.runs else None

    def submit(self, run: Run) -> None:
        """Queue a run and keep the timer going until it has ended."""
        self.notice = None
        self.queue.add(run)
        self.wake()

    def submit_when(self, run: Run, condition: Condition) -> None:
        """Queue a run once what it waits for has come about, and keep the timer going until it has ended.

        A run that is cancelled before never begins. In background nothing moves it on.
        """
        self.notice = None
        self._waiting.add(run, condition)
        self.wake()

    def cancel(self, job: str = "") -> None:
        """Ask for the end of the run with this id; of all runs if it is empty."""
        for run in self.queue.runs:
            if run.id == job or not job:
                self.queue.cancel(run)
        self._waiting.cancel(job)

    def wait(self, run: Run, on_progress: Callable[[Run], None] | None = None) -> Written | None:
        """Submit a run and block until it has ended. Raises JobError; a cancelled run gives None."""
        self.queue.add(run)
        written: Written | None = None
        for ended in self.queue.wait(run, on_progress):
            if ended is run:
                self.live.hide()
                written = settle(run)
            else:
                self._settle_aloud(ended)
        self.wake()
        return written

    def send(self, errand: Errand) -> None:
        """Keep the timer going until an errand is done, and say how it went."""
        self._errands.append(errand)
        self.wake()

    def wait_for(self, awaited: Awaited) -> None:
        """Keep the timer going until something has come about, and do what is to be done then."""
        self.notice = None
        self._awaited.append(awaited)
        self.wake()

    @property
    def awaited(self) -> tuple[Awaited, ...]:
        """What is waited for."""
        return tuple(self._awaited)

    def start_engine_task(self, task: EngineTask) -> None:
        """Begin work on the engine; a running engine is ended first, its files may be replaced."""
        self.cancel_engine_task()
        self.queue.stop_engine()
        self.engine_notice = None
        self.engine_task = task
        self.engine_stage = task.title
        redraw()
        self.wake()

    def cancel_engine_task(self) -> None:
        """Stop work on the engine; its child process ends and what it has half made goes."""
        if self.engine_task is not None:
            self.engine_task.steps.close()
            self.engine_task = None
            redraw()

    def wake(self) -> None:
        """Make sure that the timer runs. In background timers never fire, and none is needed."""
        if not self.background and not bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.register(self._timer, first_interval=TICK_SECONDS, persistent=True)

    def preview_icon(self) -> int:
        """Icon of the running job's live preview; 0 while there is none."""
        run = self.run
        if run is None or not run.status.preview:
            return 0
        shown = (run.id, run.status.previews)
        if shown != self._shown:
            self._previews.clear()
            icon = self._previews.load(_PREVIEW, run.status.preview, "IMAGE", force_reload=True)
            tuple(icon.image_size)  # asking for it loads it now, not in a job that the next preview overtakes
            self._shown = shown
        icon = self._previews.get(_PREVIEW)
        return int(icon.icon_id) if icon is not None else 0

    def undone(self) -> None:
        """Something has been undone or redone: nothing that was only for the time being comes back."""
        self.live.hide()
        self.sphere.refresh()
        self._waiting.undone()
        self.wake()

    def file_opened(self) -> None:
        """Another file has been opened: jobs for the one before end, their files stay."""
        self.live.end()
        self.sphere.stop()
        ended = self._close_runs()
        stopped = [run for run in ended if run.target is not None]
        for run in ended:
            if run not in stopped:
                discard(run.folder)
        if stopped:
            names = ", ".join(run.title for run in stopped)
            folder = stopped[0].folder
            self.notice = Notice(
                f"Another file was opened, so painting {names} was stopped.",
                folder=str(folder if len(stopped) == 1 else folder.parent),
                job=stopped[0].kind,
            )
        self.wake()  # for work on the engine, which belongs to no file, and for what the new file renders

    def close(self) -> None:
        """End the engine, work on it, the timer and the previews."""
        if bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.unregister(self._timer)
        self.live.end()
        self.sphere.stop()
        self.end_processes()
        previews.remove(self._previews)

    def end_processes(self) -> None:
        """End the engine and work on it; also when Blender quits without unregistering."""
        if self.engine_task is not None:
            self.engine_task.steps.close()
            self.engine_task = None
        for run in self._close_runs():
            discard(run.folder)
        for errand in self._errands:
            errand.close()
        self._errands.clear()

    def _close_runs(self) -> list[Run]:
        if self.taking is not None:
            self.taking.close()
            self.taking = None
        self.rendering = 0
        self.main_thread.close()
        for one in self._awaited:
            one.close()
        self._awaited.clear()
        ended, self._ended = self._ended, []
        return [*ended, *self.queue.close(), *self._waiting.close()]

    def _tick(self) -> float | None:
        self.ticks += 1
        self.main_thread.pump(bpy.app.is_job_running("RENDER"))
        self._ended += self._waiting.pump(self.queue.add)
        self._ended += self.queue.pump()
        reason = self.occupied()
        if reason:
            for run in self._ended:
                run.update(stage=f"Waits for {reason} to end")
        else:
            ended, self._ended = self._ended, []
            for run in ended:
                self._settle_aloud(run)
            self._settle_awaited()
            self._follow()
        self._welcome()
        self._advance_engine_task()
        statuses = tuple(run.status for run in self.runs)
        stages = tuple(one.condition.stage for one in self._awaited)
        state = (statuses, stages, self.engine_stage, self.notice, self.engine_notice)
        if state != self._seen or self.engine_task is not None:  # its log goes on
            self._seen = state
            redraw()
        work = (self.queue.busy, self._ended, self._waiting.runs, self._errands, self._awaited)
        busy = any(work) or self.main_thread.busy or self.engine_task is not None or _listens()
        return TICK_SECONDS if busy else None

    def _welcome(self) -> None:
        """Say how errands went that are done."""
        for errand in [errand for errand in self._errands if errand.ended()]:
            self._errands.remove(errand)
            text, failed = errand.report()
            self.notice = Notice(text, failed, job=errand.job)

    def _settle_awaited(self) -> None:
        for one in list(self._awaited):
            ended, notice = one.settle()
            if ended:
                self._awaited.remove(one)
                self.notice = notice or self.notice

    def _sphere_failed(self, trouble: str) -> None:
        self.notice = Notice(trouble, is_error=True, job=SphereJob.kind)
        redraw()

    def _follow(self) -> None:
        """Let the model wear what the run at work has painted."""
        settings = getattr(bpy.context.scene, "nst", None)
        try:
            self.live.follow(self.run, settings is not None and settings.show_on_model)
        except Exception:  # a timer that raises is gone for good
            log.exception("What is painted so far could not be shown")
            self.live.end()

    def _settle_aloud(self, run: Run) -> None:
        self.live.hide()
        notice = settled(run)
        if notice is not None and run.target is None:
            self.engine_notice = notice
        elif notice is not None:
            self.notice = notice
        redraw()

    def _advance_engine_task(self) -> None:
        task = self.engine_task
        if task is None:
            return
        report: EngineReport | None = None
        fault: JobError | None = None
        try:
            self.engine_stage = next(task.steps)
            return
        except StopIteration as stop:
            report = stop.value
        except Exception as error:  # a timer that raises is gone for good
            fault = engine_fault(task.title, error)
        self.engine_task = None
        task.done(report, fault)
        redraw()


def _listens() -> bool:
    """Whether a scene is to be stylized whenever Blender renders it."""
    return any(scene.nst.render.automatic for scene in bpy.data.scenes)


class _Holder:
    """Holds the one open session."""

    session: Session | None = None


def open_session() -> None:
    """Called by ``register``."""
    _Holder.session = Session()
    _Holder.session.wake()  # a scene may be there already that is to be stylized at every render
    atexit.register(_Holder.session.end_processes)


def close_session() -> None:
    """Called by ``unregister``."""
    session, _Holder.session = _Holder.session, None
    if session is not None:
        atexit.unregister(session.end_processes)
        session.close()


def get_session() -> Session:
    """The open session. Raises RuntimeError when the add-on is not registered."""
    if _Holder.session is None:
        raise RuntimeError("The add-on is not registered.")
    return _Holder.session
