"""What somebody supposes, as it is typed: a pace, more or fewer days, another end."""

from __future__ import annotations

from wtforms import Form, IntegerField
from wtforms.validators import NumberRange, Optional

from komma_tracker.kit.forms import DateField, DaysField
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.overview.rules import QUICKEST_PERCENT, SLOWEST_PERCENT, WhatIf

BOUNDS = _l("Bitte eine Zahl von %(least)s bis %(most)s angeben.", least=SLOWEST_PERCENT, most=QUICKEST_PERCENT)


class PaceForm(Form):
    """How quickly work goes on, in per cent of the last three months."""

    pace = IntegerField(_l("Tempo in Prozent"), [Optional(), NumberRange(SLOWEST_PERCENT, QUICKEST_PERCENT, BOUNDS)])

    def what_if(self) -> WhatIf:
        """What is supposed; nothing new where something typed makes no sense."""
        return WhatIf(self.pace.data if self.pace.data is not None else 100) if self.validate() else WhatIf()


class WhatIfForm(PaceForm):
    """A pace, and an amendment from today on."""

    more = DaysField(_l("Tage mehr durch einen Nachtrag"), [Optional()])
    ends_on = DateField(_l("Vertragsende durch einen Nachtrag"), [Optional()])

    def what_if(self) -> WhatIf:
        """What is supposed; nothing new where something typed makes no sense."""
        if not self.validate():
            return WhatIf()
        return WhatIf(self.pace.data if self.pace.data is not None else 100, self.more.data or 0, self.ends_on.data)
