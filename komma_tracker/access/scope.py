"""The session guard: one session, one viewer, and no row that this viewer may not see (trust 1, 3).

Models say with `@scoped` which of their rows a viewer sees. The guard adds that criterion to every ORM statement,
wherever the class turns up in it, and refuses what it cannot guard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, ColumnElement, Dialect, Engine, Table, event, inspect, true
from sqlalchemy.orm import FromStatement, LoaderCriteriaOption, Mapper, ORMExecuteState, Session
from sqlalchemy.sql.cache_key import NO_CACHE
from sqlalchemy.sql.visitors import anon_map

from komma_tracker.access.rules import Actor, System, Viewer
from komma_tracker.db import Base

Criterion = Callable[[Viewer], ColumnElement[bool]]
_T = TypeVar("_T", bound=type)
_scopes: dict[type, Criterion] = {}


class ScopeError(RuntimeError):
    """A statement without a viewer, or one that the guard cannot look into. Always a bug."""


def scoped(criterion: Criterion) -> Callable[[_T], _T]:
    """Declare which rows of a model a viewer sees. Whoever sees all is not asked.

    A table in a subquery of the criterion must be an alias: what a loader does to the tables of its statement, it does
    to those of the criterion too.
    """

    def declare(model: _T) -> _T:
        _scopes[model] = criterion
        _criteria.cache_clear()
        return model

    return declare


def scoped_models() -> frozenset[type]:
    """All models whose rows are guarded."""
    return frozenset(_scopes)


def bind(session: Session, viewer: Actor) -> None:
    """Bind the viewer to the session, once. Raises ScopeError on a change of viewer.

    A session that has read for one person must never go on for another: what it has loaded would go along.
    """
    bound = session.info.get("viewer")
    if bound is not None and bound != viewer:
        raise ScopeError("this session already works for another viewer")
    session.info["viewer"] = viewer
    session.info["criteria"] = _ALL if isinstance(viewer, System) else _criteria(viewer)


class _Criteria:
    """What is added to every statement of one viewer.

    A statement that is built once, as the queries of every page are, is guarded once too, and found again as long as
    it lives. It then gets only the criteria of the tables that it names: each one more costs time whenever it runs.
    """

    def __init__(self, options: Mapping[type, LoaderCriteriaOption]) -> None:
        self._options = options
        self._guarded: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def added_to(self, statement: Any, dialect: Dialect) -> Any:
        """The statement with the criteria."""
        if not self._options:
            return statement
        guarded = self._guarded.get(statement)
        if guarded is None:
            models = _models_of(statement, dialect)
            if models is None:
                return statement.options(*self._options.values())
            own = [option for model, option in self._options.items() if model in models]
            guarded = self._guarded[statement] = statement.options(*own)
        return guarded


def _models_of(statement: Any, dialect: Dialect) -> frozenset[type] | None:
    """The models whose tables a statement names in its SQL; None where it is new, and perhaps never seen again.

    What loaders read beside it are statements of their own, and guarded like this one.
    """
    if statement not in _known:
        _known[statement] = None
        return None
    models = _known[statement]
    if models is None:
        words = frozenset(_WORD.findall(str(statement.compile(dialect=dialect))))
        models = frozenset(mapper.class_ for mapper in Base.registry.mappers if _table(mapper) in words)
        _known[statement] = models
    return models


def _table(mapper: Mapper[Any]) -> str:
    return cast("Table", mapper.local_table).name


_known: WeakKeyDictionary[Any, frozenset[type] | None] = WeakKeyDictionary()
_WORD = re.compile(r"\w+")


_ALL = _Criteria({})


@lru_cache(maxsize=256)
def _criteria(viewer: Viewer) -> _Criteria:
    """Made once for a viewer as they are today: they depend on nothing else, and cost as much as a statement."""
    if viewer.sees_all:
        return _ALL
    return _Criteria({model: _CriterionOption(model, criterion(viewer)) for model, criterion in _scopes.items()})


class _CriterionOption(LoaderCriteriaOption):
    """A criterion that follows its class into every alias; the library's own forgets those joined by a clause.

    Its part of the key, by which a statement is found among the compiled ones, is reckoned once: every statement
    carries every criterion, and they never change.
    """

    __slots__ = ("_key", "_values")
    _traverse_internals = LoaderCriteriaOption._traverse_internals  # what the key is made of

    def __init__(self, model: type, criterion: ColumnElement[bool]) -> None:
        super().__init__(model, criterion, include_aliases=True)
        self._values: list[BindParameter[Any]] = []
        self._key = self._reckoned([])
        # Marked as a loader's criterion here: who marks it anew in each statement copies its values, and whatever is
        # equal but not the same is slow to find among them.
        self.where_criteria = super()._resolve_where_criteria(inspect(model))
        values: list[BindParameter[Any]] = []
        self._reckoned(values)
        self._values = values

    def _reckoned(self, values: list[BindParameter[Any]]) -> Any:
        """The library's own key of what the criterion is now; its values go into the list."""
        met: Any = anon_map()
        key = cast("Any", super())._gen_cache_key(met, values)
        assert NO_CACHE not in met
        return key

    def _gen_cache_key(self, am: Any, bindparams: list[BindParameter[Any]]) -> Any:
        del am
        bindparams.extend(self._values)
        return self._key

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        criterion = cast("ColumnElement[bool]", self.where_criteria)
        return ext_info._adapter.traverse(criterion) if ext_info.is_aliased_class else criterion


@event.listens_for(Session, "do_orm_execute")
def _guard(state: ORMExecuteState) -> None:
    viewer = state.session.info.get("viewer")
    if isinstance(viewer, System):
        return
    if viewer is None:
        raise ScopeError("no viewer is bound to this session")
    if not state.is_orm_statement or isinstance(state.statement, FromStatement):
        raise ScopeError("Core or text SQL cannot be guarded; use the ORM or an explicit System viewer")
    if state.is_column_load:
        return  # refreshes a row that this viewer has already been shown
    state.statement = state.session.info["criteria"].added_to(state.statement, state.session.get_bind().dialect)


def everything() -> ColumnElement[bool]:
    """A criterion that hides nothing."""
    return true()


@contextmanager
def session_of(engine: Engine, viewer: Actor) -> Generator[Session]:
    """A session beside that of the request, which sees what this viewer sees."""
    with Session(engine, expire_on_commit=False) as session:
        bind(session, viewer)
        yield session


@contextmanager
def system_session(engine: Engine, reason: str) -> Generator[Session]:
    """A session of the program's own, beside that of the request; the reason says on whose errand."""
    with session_of(engine, System(reason)) as session:
        yield session
