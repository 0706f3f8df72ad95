"""The session guard: however a statement is put together, it brings no row that its viewer may not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import (
    Select,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    table,
    text,
    tuple_,
    union,
    union_all,
    update,
    values,
)
from sqlalchemy import column as plain_column
from sqlalchemy.orm import (
    Session,
    aliased,
    contains_eager,
    immediateload,
    joinedload,
    lazyload,
    selectinload,
    subqueryload,
    with_polymorphic,
)

from komma_tracker.access import scope
from komma_tracker.access.rules import Role, System, Viewer
from komma_tracker.access.scope import ScopeError
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.db import Base
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Visibility
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.support.application import SessionFor

SECRET = "Gemeinde Falkenhude"
NAMED = "Stadt Neuenwerra"

Identity = MunicipalityIdentity
TABLE = Base.metadata.tables["municipality_identity"]
Shape = Callable[[Session, int], Sequence[Any]]
"""Asks for names in some way; takes the id of the secret municipality."""


@dataclass(frozen=True)
class World:
    """One municipality with a name, one that takes part anonymously, and those who may or may not know."""

    named: int
    secret: int
    consultant: Viewer
    stranger: Viewer
    coordinator: Viewer
    neighbour: Viewer
    reader: Viewer
    lead: Viewer


@pytest.fixture
def world(session: Session) -> World:
    named = make_municipality(session, name=NAMED)
    secret = make_municipality(session, name=SECRET, visibility=Visibility.ANONYMOUS)
    consultant = make_user(session, municipalities=[secret])
    stranger = make_user(session)
    coordinator = make_user(session, role=Role.COORDINATOR, municipalities=[secret])
    neighbour = make_user(session, role=Role.COORDINATOR, municipalities=[named])
    reader = make_user(session, role=Role.READER)
    lead = make_user(session, role=Role.LEAD)
    session.commit()
    return World(
        named=named.id,
        secret=secret.id,
        consultant=Viewer(consultant.id, Role.CONSULTANT, frozenset({secret.id})),
        stranger=Viewer(stranger.id, Role.CONSULTANT),
        coordinator=Viewer(coordinator.id, Role.COORDINATOR, frozenset({secret.id})),
        neighbour=Viewer(neighbour.id, Role.COORDINATOR, frozenset({named.id})),
        reader=Viewer(reader.id, Role.READER),
        lead=Viewer(lead.id, Role.LEAD),
    )


def labels_loaded(*options: Any) -> Shape:
    return lambda session, _: [each.label for each in session.scalars(select(Municipality).options(*options)).unique()]


def scalars(statement: Callable[[], Select[Any]]) -> Shape:
    return lambda session, _: session.scalars(statement()).all()


def _got(session: Session, secret: int) -> list[str]:
    found = session.get(Identity, secret)
    return [found.name] if found else []


def _got_with_its_municipality(session: Session, secret: int) -> list[str]:
    found = session.get(Municipality, secret)
    return [found.label] if found else []


def _refreshed(session: Session, secret: int) -> list[str]:
    del secret
    found = session.scalars(select(Municipality)).unique().all()
    for each in found:
        session.refresh(each)
        session.expire(each, ["identity"])
    return [each.label for each in found]


def _by_alias() -> Select[Any]:
    other = aliased(Identity)
    return select(other.name)


def _by_self_join() -> Select[Any]:
    one, other = aliased(Identity), aliased(Identity)
    return select(other.name).join(one, one.municipality_id == other.municipality_id)


def _by_join_of_an_alias() -> Select[Any]:
    other = aliased(Identity)
    return select(other.name).select_from(Identity).join(other, literal(value=True))


def _by_outer_join_of_an_alias() -> Select[Any]:
    other = aliased(Identity)
    return select(other.name).select_from(Municipality).outerjoin(other, other.municipality_id == Municipality.id)


def _by_relationship_of_an_alias() -> Select[Any]:
    place = aliased(Municipality)
    return select(Identity.name).select_from(place).join(place.identity)


def _by_relationship_to_an_alias() -> Select[Any]:
    other = aliased(Identity)
    return select(other.name).select_from(Municipality).join(Municipality.identity.of_type(other))


def _by_subquery() -> Select[Any]:
    inner = select(Identity.name, Identity.municipality_id).subquery()
    return select(inner.c.name)


def _by_alias_of_subquery() -> Select[Any]:
    inner = aliased(Identity, select(Identity).subquery())
    return select(inner.name)


def _by_cte() -> Select[Any]:
    inner = select(Identity.name).cte()
    return select(inner.c.name)


def _by_recursive_cte() -> Select[Any]:
    inner = select(Identity.name.label("name"), literal(0).label("depth")).cte(recursive=True)
    more = select(Identity.name, inner.c.depth + 1).join(inner, inner.c.depth < 1)
    return select(inner.union_all(more).c.name)


def _by_scalar_subquery() -> Select[Any]:
    inner = select(Identity.name).where(Identity.municipality_id == Municipality.id).scalar_subquery()
    return select(inner).select_from(Municipality)


def _by_lateral_join() -> Select[Any]:
    inner = select(Identity.name).where(Identity.municipality_id == Municipality.id).subquery()
    return select(inner.c.name).select_from(Municipality).join(inner, literal(value=True))


SHAPES: dict[str, Shape] = {
    "get": _got,
    "get of its municipality": _got_with_its_municipality,
    "entity": lambda session, _: [each.name for each in session.scalars(select(Identity))],
    "column": scalars(lambda: select(Identity.name)),
    "expression": scalars(lambda: select(func.upper(Identity.name))),
    "tuple in where": scalars(lambda: select(Identity.name).where(tuple_(Identity.name, literal(1)) != ("", 1))),
    "default load": labels_loaded(),
    "joined load": labels_loaded(joinedload(Municipality.identity)),
    "inner joined load": labels_loaded(joinedload(Municipality.identity, innerjoin=True)),
    "lazy load": labels_loaded(lazyload(Municipality.identity)),
    "select-in load": labels_loaded(selectinload(Municipality.identity)),
    "subquery load": labels_loaded(subqueryload(Municipality.identity)),
    "immediate load": labels_loaded(immediateload(Municipality.identity)),
    "refresh": _refreshed,
    "contains eager": lambda session, _: [
        each.label
        for each in session.scalars(
            select(Municipality).outerjoin(Municipality.identity).options(contains_eager(Municipality.identity))
        ).unique()
    ],
    "join": scalars(lambda: select(Identity.name).select_from(Municipality).join(Municipality.identity)),
    "outer join": scalars(lambda: select(Identity.name).select_from(Municipality).outerjoin(Municipality.identity)),
    "join from": scalars(lambda: select(Identity.name).join_from(Municipality, Identity)),
    "cross product": scalars(lambda: select(Identity.name).where(Municipality.id == Identity.municipality_id)),
    "alias": scalars(_by_alias),
    "self join": scalars(_by_self_join),
    "join of an alias": scalars(_by_join_of_an_alias),
    "outer join of an alias": scalars(_by_outer_join_of_an_alias),
    "relationship of an alias": scalars(_by_relationship_of_an_alias),
    "relationship to an alias": scalars(_by_relationship_to_an_alias),
    "polymorphic": scalars(lambda: select(with_polymorphic(Identity, []).name)),
    "subquery": scalars(_by_subquery),
    "alias of a subquery": scalars(_by_alias_of_subquery),
    "cte": scalars(_by_cte),
    "recursive cte": scalars(_by_recursive_cte),
    "scalar subquery": scalars(_by_scalar_subquery),
    "join with a subquery": scalars(_by_lateral_join),
    "union": lambda session, _: session.scalars(union(select(Identity.name), select(Identity.name))).all(),
    "union all": lambda session, _: session.scalars(union_all(select(Identity.name), select(Identity.name))).all(),
    "from a union": lambda session, _: session.scalars(
        select(union_all(select(Identity.name), select(Identity.name)).subquery().c.name)
    ).all(),
    "maximum": scalars(lambda: select(func.max(Identity.name))),
    "minimum": scalars(lambda: select(func.min(Identity.name))),
    "grouped": scalars(lambda: select(Identity.name).group_by(Identity.name).having(func.count() > 0)),
    "distinct": scalars(lambda: select(Identity.name).distinct()),
    "legacy query": lambda session, _: [each.name for each in session.query(Identity).all()],
    "legacy column": lambda session, _: [row.name for row in session.query(Identity.name).all()],
    "populate existing": lambda session, _: [
        each.name for each in session.scalars(select(Identity).execution_options(populate_existing=True))
    ],
    "backwards": lambda session, _: [
        each.identity.name for each in session.scalars(select(Municipality)).unique() if each.identity
    ],
    "in batches": lambda session, _: [
        each.name for each in session.scalars(select(Identity).execution_options(yield_per=1))
    ],
    "update returning": lambda session, _: session.scalars(
        update(Identity).values(population=1).returning(Identity.name)
    ).all(),
    "delete returning": lambda session, _: session.scalars(delete(Identity).returning(Identity.name)).all(),
}


KNOWING, UNKNOWING = ("consultant", "coordinator", "lead"), ("stranger", "neighbour", "reader")
ONE_OF_ALL = {"minimum", "maximum"}
"""Shapes that bring one name only: to those who know both, it may be the other."""


@pytest.mark.parametrize("shape", SHAPES.keys())
def test_no_statement_brings_a_name_to_those_who_may_not_know_it(
    world: World, session_for: SessionFor, shape: str
) -> None:
    # Back and forth on one engine: compiled statements are shared, rights must not be.
    for who in (*KNOWING, *UNKNOWING, *reversed(KNOWING), *UNKNOWING):
        with session_for(getattr(world, who)) as session:
            found = {str(name).upper() for name in SHAPES[shape](session, world.secret)}
            session.rollback()
        told = SECRET.upper() in found
        assert told is (who in KNOWING) or (shape in ONE_OF_ALL and NAMED.upper() in found), who


COUNTS: dict[str, Callable[[], Select[Any]]] = {
    "rows": lambda: select(func.count(Identity.municipality_id)),
    "star": lambda: select(func.count()).select_from(Identity),
    "of a subquery": lambda: select(func.count()).select_from(select(Identity.municipality_id).subquery()),
    "exists": lambda: select(func.count(Municipality.id)).where(
        exists().where(Identity.municipality_id == Municipality.id)
    ),
    "has": lambda: select(func.count(Municipality.id)).where(Municipality.identity.has()),
    "has not": lambda: select(2 - func.count(Municipality.id)).where(~Municipality.identity.has()),
    "in": lambda: select(func.count(Municipality.id)).where(Municipality.id.in_(select(Identity.municipality_id))),
    "searched by name": lambda: select(1 + func.count(Municipality.id)).where(Municipality.identity.has(name=SECRET)),
}


@pytest.mark.parametrize("count", COUNTS.values(), ids=COUNTS.keys())
def test_no_count_or_search_tells_of_what_is_hidden(
    world: World, session_for: SessionFor, count: Callable[[], Select[Any]]
) -> None:
    counted = {
        who: session_for(getattr(world, who)).scalars(count()).one() for who in ("lead", "consultant", "stranger")
    }
    assert counted == {"lead": 2, "consultant": 2, "stranger": 1}


@pytest.mark.parametrize(
    ("who", "people"),
    [("stranger", 3), ("consultant", 4), ("coordinator", 4), ("neighbour", 4), ("reader", 1), ("lead", 6)],
)
def test_people_see_the_team_and_the_people_of_their_municipalities(
    world: World, session_for: SessionFor, who: str, people: int
) -> None:
    session = session_for(getattr(world, who))
    assert session.scalars(select(func.count(User.id))).one() == people


@pytest.mark.parametrize(
    ("who", "assignments"),
    [("stranger", 0), ("consultant", 2), ("coordinator", 2), ("neighbour", 1), ("reader", 0), ("lead", 3)],
)
def test_assignments_are_seen_by_those_whom_they_concern(
    world: World, session_for: SessionFor, who: str, assignments: int
) -> None:
    session = session_for(getattr(world, who))
    assert session.scalars(select(func.count(Assignment.id))).one() == assignments


@pytest.mark.parametrize(
    ("who", "municipalities"),
    [("stranger", 2), ("consultant", 2), ("coordinator", 1), ("neighbour", 1), ("reader", 0), ("lead", 2)],
)
def test_municipalities_are_listed_for_the_team_and_their_own_people(
    world: World, session_for: SessionFor, who: str, municipalities: int
) -> None:
    session = session_for(getattr(world, who))
    assert session.scalars(select(func.count(Municipality.id))).one() == municipalities


def test_what_is_hidden_cannot_be_changed_in_bulk(world: World, session_for: SessionFor, session: Session) -> None:
    stranger = session_for(world.stranger)
    for change in (update(Identity).values(name="x").where(Identity.name == SECRET), delete(Identity)):
        stranger.execute(change)
    stranger.commit()
    assert session.scalars(select(Identity.name)).all() == [SECRET]


def test_what_one_has_made_shows_no_more_than_what_one_has_found(
    world: World, session_for: SessionFor, session: Session
) -> None:
    stranger = session_for(world.stranger)
    new = Assignment(user_id=world.stranger.user_id, municipality_id=world.secret, starts_on=func.current_date())
    stranger.add(new)
    stranger.flush()
    assert stranger.get(Identity, world.secret) is None
    stranger.rollback()


# What cannot be guarded is refused.

CORE: dict[str, Callable[[], Any]] = {
    "text": lambda: text("SELECT name FROM municipality_identity"),
    "table": lambda: select(TABLE),
    "column of a table": lambda: select(TABLE.c.name),
    "alias of a table": lambda: select(TABLE.alias()),
    "ad hoc table": lambda: select(table("municipality_identity", plain_column("name"))),
    "text in a select": lambda: select(text("name FROM municipality_identity")),
    "insert into a table": lambda: insert(TABLE).values(municipality_id=99),
    "update of a table": lambda: update(TABLE).values(name="x"),
    "delete from a table": lambda: delete(TABLE),
    "window": lambda: select(func.first_value(Identity.name).over(order_by=Identity.municipality_id)),
    "values": lambda: select(values(plain_column("a"), name="v").data([(1,)])),
    "entity from text": lambda: select(Identity).from_statement(text("SELECT * FROM municipality_identity")),
    "column from text": lambda: select(Identity.name).from_statement(text("SELECT name FROM municipality_identity")),
}


@pytest.mark.parametrize("who", ["stranger", "lead"])
@pytest.mark.parametrize("statement", CORE.values(), ids=CORE.keys())
def test_core_and_text_are_refused(
    world: World, session_for: SessionFor, statement: Callable[[], Any], who: str
) -> None:
    with pytest.raises(ScopeError):
        session_for(getattr(world, who)).execute(statement())


def test_without_a_viewer_nothing_is_answered(world: World, session_for: SessionFor) -> None:
    engine = session_for(world.lead).get_bind()
    with Session(engine) as session:
        for statement in (select(User), select(Municipality.alias), text("SELECT 1"), delete(User)):
            with pytest.raises(ScopeError):
                session.execute(statement)
        with pytest.raises(ScopeError):
            session.get(User, 1)


def test_the_system_may_do_all_that(world: World, session: Session) -> None:
    assert session.scalar(text("SELECT count(*) FROM municipality_identity")) == 2
    assert session.scalar(select(func.count()).select_from(TABLE)) == 2


def test_a_session_keeps_its_viewer(world: World, session_for: SessionFor) -> None:
    session = session_for(world.stranger)
    scope.bind(session, world.stranger)  # the same one again is no change
    for other in (world.consultant, world.lead, System("test")):
        with pytest.raises(ScopeError):
            scope.bind(session, other)
    session.rollback()
    session.expunge_all()
    with pytest.raises(ScopeError):
        scope.bind(session, world.lead)


def test_more_rights_are_another_viewer(world: World, session_for: SessionFor) -> None:
    session = session_for(world.stranger)
    with pytest.raises(ScopeError):
        scope.bind(session, Viewer(world.stranger.user_id, Role.CONSULTANT, frozenset({world.secret})))


def test_the_record_of_use_cases_shows_everybody_their_own(
    world: World, session_for: SessionFor, session: Session
) -> None:
    for viewer in (world.stranger, world.consultant):
        session.add(AuditRecord(at=func.now(), actor_id=viewer.user_id, action="x", object_type="x", object_id="x"))
    session.commit()
    for viewer, seen in ((world.stranger, 1), (world.lead, 2), (world.reader, 0)):
        assert len(session_for(viewer).scalars(select(AuditRecord)).all()) == seen
