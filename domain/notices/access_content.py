"""What notices about signing in say."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignInCode:
    """The code that signs in the browser that has asked for it, until `expires_at`; it is of no use in any other."""

    code: str
    expires_at: datetime
