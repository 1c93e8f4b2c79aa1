"""What operators of stylized renders and animations share: Blender renders before the engine paints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...core.protocol import JobError
from ..readiness import engine_python
from ..runs import Condition, Run, Target
from ..session import get_session
from .running import finish, prepared, start


class RendersFirst:
    """An operator whose button lets Blender go on while it renders, and which a script waits for.

    Those derived say why it cannot begin (``problem``), what is to be done (``plan``), how that is rendered
    while Blender waits (``render``), and how while it goes on (``rendering``).
    """

    @staticmethod
    def problem(context: Any) -> JobError | None:
        """Why it cannot begin; None if it can."""
        raise NotImplementedError

    @staticmethod
    def plan(scene: Any, folder: Path) -> tuple[str, Any, Target]:
        """The job's title, its plan, which has a ``job``, and where the result goes. Raises JobError."""
        raise NotImplementedError

    @staticmethod
    def render(scene: Any, planned: Any) -> None:
        """Render what a plan needs, while Blender waits. Raises JobError."""
        raise NotImplementedError

    @staticmethod
    def rendering(scene: Any, planned: Any) -> Condition | None:
        """Begin to render what a plan needs; None if it is there already. Raises JobError."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only when nothing is missing; the reason is shown where something is."""
        problem = cls.problem(context)
        if problem is not None:
            cls.poll_message_set(problem.message)  # type: ignore[attr-defined]
        return problem is None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """From the button: let Blender render as its own keys do, and the engine paint after that."""
        plans: list[Any] = []
        run = self._prepared(context, plans.append)

        def begin(run: Run) -> None:
            (planned,) = plans
            condition = self.rendering(context.scene, planned)
            if condition is None:
                get_session().submit(run)
            else:
                get_session().submit_when(run, condition)

        return start(self, run, begin)

    def execute(self, context: Any) -> set[str]:
        """From a script or in background: wait until the result is there."""
        return finish(self, self._prepared(context, lambda planned: self.render(context.scene, planned)))

    def _prepared(self, context: Any, use: Callable[[Any], None]) -> Run | None:
        """The run; ``use`` is called with its plan and may raise JobError."""

        def make(folder: Path) -> Run:
            python = engine_python(context)  # before anything is written
            title, planned, target = self.plan(context.scene, folder)
            use(planned)
            return Run(title, planned.job, folder, python, target)

        get_session().live.hide()
        return prepared(self, make)
