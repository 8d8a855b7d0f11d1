"""`partners push`, and what a run says of its pushes: which places have the published version, and what of the others."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from rich.console import Console
from rich.text import Text

from assets.push import delivery
from assets.push.delivery import Delivery
from assets.push.sending import NothingPublished
from assets.push.settings import WEBHOOK_SECRET
from pipelines.command import ProfileOption, console, failed, profile_of
from pipelines.nights import AlreadyRunning, one_at_a_time, root_of
from pipelines.profile import Profile

#: Exit code of a command after which the version is published, and has not reached every place. Not 1, after which nothing
#: new is published, so that a script can tell them apart; not 0, since a partner is waiting.
NOT_ARRIVED = 3


def push(profile: ProfileOption = "practice") -> None:
    """Send the published version to the places of the profile; ends with 3 where it did not arrive."""
    chosen = profile_of(profile)
    publishing = chosen.publishing
    if not (publishing.push or publishing.webhook):
        raise failed("The profile names no place to push to: write `push:` under `publishing`.", 2)
    root = root_of(chosen)
    try:
        with one_at_a_time(root):
            done = delivery.deliver(
                root,
                chosen.name,
                publishing.push,
                publishing.webhook,
                keep_versions=publishing.keep_versions,
                only_outstanding=False,
            )
    except (NothingPublished, AlreadyRunning) as error:
        raise failed(str(error)) from None
    if not tell(console, done):
        raise typer.Exit(NOT_ARRIVED)


def show(console: Console, profile: Profile) -> bool:
    """Says where the published version has arrived; False where it has not in some place."""
    publishing = profile.publishing
    return tell(console, delivery.standing(root_of(profile), profile.name, publishing.push, publishing.webhook))


def tell(console: Console, deliveries: Sequence[Delivery]) -> bool:
    """One line a place; False where the version has not arrived in some place."""
    for d in deliveries:
        if d.arrived:
            line = Text.assemble(("Pushed     ", "bold"), f"{d.name}: {d.to}", f" ({d.message})" if d.message else "")
        else:
            line = Text.assemble(("NOT PUSHED ", "bold red"), (f"{d.name}: {d.message}", "red"))
        console.print(line, soft_wrap=True)
    failed = [d for d in deliveries if not d.arrived]
    if failed:
        words = f"Version {failed[0].version} is published here and has not reached {', '.join(d.name for d in failed)}; "
        console.print(Text(words + delivery.AGAIN + ".", style="bold red"), soft_wrap=True)
    return not failed


def plan(profile: Profile) -> list[str]:
    """Where the profile pushes, and which environment variables it looks at, for `partners profile check`."""
    lines = []
    for target in profile.publishing.push:
        reads = f"; credentials: {', '.join(target.variables)}" if target.variables else ""
        lines.append(f"Pushes {', '.join(target.parts)} to {target.to} ({target.name}{reads}).")
        if "warehouse" in target.parts:
            lines.append("  The warehouse holds every record of the registers, sole traders by name among them.")
    if profile.publishing.webhook:
        lines.append(f"Tells {profile.publishing.webhook.url} (signed with {WEBHOOK_SECRET}).")
    return lines
