"""What the shipped dashboard of Grafana asks, answered by Prometheus's own engine."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from standfast.incidents.names import INCIDENT_TIME
from tests.patience import PATIENCE
from tests.programs_needed import needs_program

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "standfast.json"

_INCIDENTS = INCIDENT_TIME.format("")

CHOSEN = {"$team": ".+", "$priority": ".+", "$__range": "1h"}
"""In place of Grafana's variables: series that have a team and a priority, of an hour."""


def asked() -> Iterator[tuple[str, str]]:
    """The title and a query of each panel, and of each list to choose from."""
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            query = target["expr"]
            for variable, value in CHOSEN.items():
                query = query.replace(variable, value)
            yield panel["title"], query
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            series, label = variable["query"].removeprefix("label_values(").rstrip(")").split(", ")
            yield f"the variable {variable['name']}", f'{series}{{{label}!=""}}'


def without_an_answer(scraped: Sequence[str], place: Path) -> str:
    """What promtool says of queries that no series of these pages answers; empty if there is none.

    Incidents are rare: of each team and priority one has closed, before which there was no series.
    What else is counted goes on.
    """
    answers = place / "answers.yml"
    case = {
        "interval": "1m",
        "input_series": [*_series(scraped)],
        # What is no number is no answer.
        "promql_expr_test": [
            {
                "expr": f"count(({query}) >= 0) > bool 0",
                "eval_time": "2m",
                "exp_samples": [{"labels": "{}", "value": 1}],
            }
            for _, query in asked()
        ],
    }
    answers.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [case]}))
    done = subprocess.run(
        [needs_program("promtool"), "test", "rules", str(answers)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _series(scraped: Sequence[str]) -> Iterator[dict[str, Any]]:
    for page in scraped:
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                labels = ",".join(f"{name}={json.dumps(of)}" for name, of in sample.labels.items())
                if sample.name.startswith("standfast_"):
                    later = sample.value * (1 if sample.name.startswith(_INCIDENTS) else 2)
                    values = f"_ {sample.value:g} {later:g}"
                    yield {"series": f"{sample.name}{{{labels}}}", "values": values}
