"""All that is measured at scale. Whatever else is, is one more part."""

from scale.inner_call import InnerCall
from scale.runners import Runners


class Measured:
    def __init__(self, program, folder, sizes):
        self.parts = [
            InnerCall(program, folder, sizes.requests, sizes.rounds),
            Runners(program, folder, sizes.kills),
        ]

    def rows(self):
        return [row for part in self.parts for row in part.rows()]

    def details(self):
        """A table for each part."""
        return [part.details() for part in self.parts]

    def explanation(self):
        return "\n".join(part.explanation for part in self.parts)
