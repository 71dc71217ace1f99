"""How often log analysis is right, on logs whose truth is known.

    python -m benchmarks.log_analysis [--stories N] [--seed N] [--json]

Precision: of the alarms that an analysis gave, the share that was right. Recall: of the logs with
something to tell, the share in which it told. The logs are made by `benchmarks.synthetic_logs`;
another seed makes others.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.synthetic_logs import STYLES, TRUTHS, Story, write_story
from standfast.incidents.resolution import Verdict
from standfast.logs import files
from standfast.logs.analysis import LogEvidence, Question

ANALYSES = ("signature", "error rate", "error messages")


@dataclass
class Score:
    """Counts of one analysis on one style. `cleared`: it said that all is well where it was."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    quiet: int = 0
    cleared: int = 0
    cleared_wrongly: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The share of its alarms that were right; 1 where it gave none."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what there was to tell that it told; 1 where there was nothing."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def count(self, alarmed: bool, well: bool, truth: bool, example: str) -> None:
        """One log: what the analysis said of it, and what is true."""
        if alarmed != truth:
            self.examples.append(example)
        self.right += alarmed and truth
        self.wrong += alarmed and not truth
        self.missed += truth and not alarmed
        self.quiet += not truth and not alarmed
        self.cleared += well and not truth
        self.cleared_wrongly += well and truth


def measure(seeds: Iterable[int]) -> dict[tuple[str, str], Score]:
    """The scores by analysis and style, over all kinds of stories with these seeds."""
    scores = {(analysis, style): Score() for analysis in ANALYSES for style in STYLES}
    now = datetime.now(UTC)
    for seed in seeds:
        for style in STYLES:
            for kind in TRUTHS:
                with tempfile.TemporaryDirectory() as place:
                    story = write_story(style, kind, seed, now, Path(place))
                    said = dict(_said(story))
                truth = (
                    story.truth.came_back,
                    story.truth.more_errors,
                    story.truth.new_message,
                )
                for analysis, is_so in zip(ANALYSES, truth, strict=True):
                    verdict, detail = said.get(analysis, (None, ""))
                    alarmed = verdict in (Verdict.UNRESOLVED, Verdict.PARTIALLY_RESOLVED)
                    scores[analysis, style].count(
                        alarmed,
                        verdict is Verdict.RESOLVED,
                        is_so,
                        f"{kind}, seed {seed}: {detail or said['signature'][1]}",
                    )
    return scores


def _said(story: Story) -> Iterator[tuple[str, tuple[Verdict | None, str]]]:
    question = Question.about(story.error_message, story.incident)
    for piece in files.search(story.path.name, question, story.path.parent, local=UTC):
        yield _analysis(piece), (piece.seen.says, piece.seen.detail)


def _analysis(piece: LogEvidence) -> str:
    named = (name for name in ANALYSES[1:] if piece.source.endswith(f"({name})"))
    return next(named, ANALYSES[0])


def table_of(scores: dict[tuple[str, str], Score]) -> Table:
    """The scores as a person reads them."""
    table = Table("analysis", "style", "logs", "precision", "recall", "wrong", "missed", "cleared")
    for column in table.columns[2:]:
        column.justify = "right"
    for (analysis, style), score in scores.items():
        count = score.right + score.wrong + score.missed + score.quiet
        table.add_row(
            analysis,
            style,
            str(count),
            f"{score.precision:.2f}",
            f"{score.recall:.2f}",
            str(score.wrong),
            str(score.missed),
            f"{score.cleared} of {score.quiet}",
        )
    return table


def main() -> None:
    """Print the table, or with --json the rows."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.log_analysis",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stories", type=int, default=10, help="of each kind and style")
    parser.add_argument("--seed", type=int, default=1, help="the first of their seeds")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--wrong", action="store_true", help="also print what it got wrong")
    asked = parser.parse_args()
    scores = measure(range(asked.seed, asked.seed + asked.stories))
    if asked.json:
        rows = [
            {
                "analysis": analysis,
                "style": style,
                "precision": score.precision,
                "recall": score.recall,
                "right": score.right,
                "wrong": score.wrong,
                "missed": score.missed,
                "cleared": score.cleared,
                "cleared_wrongly": score.cleared_wrongly,
            }
            for (analysis, style), score in scores.items()
        ]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return
    console = Console()
    console.print(table_of(scores))
    if asked.wrong:
        for (analysis, style), score in scores.items():
            for example in score.examples:
                console.print(f"{analysis}, {style}, {example}", markup=False)


if __name__ == "__main__":
    main()
