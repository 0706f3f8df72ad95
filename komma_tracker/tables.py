"""All tables of all rooms: importing this makes the metadata whole, for mappers and migrations."""

from komma_tracker.accounts import models as accounts
from komma_tracker.alliances import models as alliances
from komma_tracker.audit import models as audit
from komma_tracker.budget import models as budget
from komma_tracker.contracts import models as contracts
from komma_tracker.deliverables import models as deliverables
from komma_tracker.events import join_models as joining
from komma_tracker.events import models as events
from komma_tracker.exchange import models as exchange
from komma_tracker.feeds import models as feeds
from komma_tracker.municipalities import models as municipalities
from komma_tracker.notify import models as notify
from komma_tracker.reports import models as reports
from komma_tracker.statements import models as statements

ROOMS = (
    accounts, alliances, audit, budget, contracts, deliverables, events, joining, exchange, feeds, municipalities,
    notify, statements, reports,
)  # fmt: skip
