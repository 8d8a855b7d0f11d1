"""Shows a run's steps as they end, one calm line each: what a person at a terminal or reading cron mail wants to see."""

from __future__ import annotations

import logging

import dagster as dg
from rich.console import Console
from rich.text import Text

_STAGES = {"snapshots": "fetched", "rows": "read"}
#: The gate stands among the snapshots and fetches nothing.
_GATE = "snapshots__changes"


class _Steps(logging.Handler):
    """Prints a line when a step ends; passes warnings and errors on as they are."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.DEBUG)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event") if isinstance(meta, dict) else None
        if event is not None and event.event_type_value == "STEP_SUCCESS":
            seconds = event.event_specific_data.duration_ms / 1000
            self._console.print(Text(f"  {_words(event.step_key):<34}{seconds:6.1f} s", style="dim"))
        elif event is None and record.levelno >= logging.WARNING:
            self._console.print(Text(f"  {record.getMessage()}", style="yellow"))


def _words(step: str) -> str:
    if step == _GATE:
        return "compared with last night"
    stage, _, name = step.partition("__")
    return f"{_STAGES[stage]} {name}" if stage in _STAGES else step.replace("version__", "").replace("_", " ")


def progress_logger(console: Console) -> dg.LoggerDefinition:
    """A Dagster logger that prints steps instead of events."""

    @dg.logger({}, description="One line a step.")
    def console_logger(_context: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("partners")
        logger.addHandler(_Steps(console))
        return logger

    return console_logger
