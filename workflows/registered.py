"""The workflows that a worker runs; what replays, repairs or moves runs takes each of them."""

from workflows.incident import IncidentWorkflow
from workflows.review import ReviewWorkflow

WORKFLOWS: tuple[type, ...] = (IncidentWorkflow, ReviewWorkflow)
