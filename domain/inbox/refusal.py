"""Why something is not taken, while it is being read."""


class Refused(Exception):
    """Raised inside this capability only; everything public answers with a `Rejection`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
