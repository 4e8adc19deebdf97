"""Keep passwords out of what a run writes down."""

from __future__ import annotations

from urllib.parse import urlsplit

from automl_tasks.problem import Problem, SqlSource

__all__ = ["without_secrets"]


def without_secrets(problem: Problem) -> Problem:
    """The problem with the password and the parameters of its source's URL removed."""
    source = problem.source
    if not isinstance(source, SqlSource) or source.url is None:
        return problem
    parts = urlsplit(source.url)
    login, at, host = parts.netloc.rpartition("@")
    user = login.split(":", 1)[0]
    clean = parts._replace(netloc=f"{user}{at}{host}", query="", fragment="").geturl()
    return problem.model_copy(update={"source": source.model_copy(update={"url": clean})})
