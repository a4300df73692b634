"""uvicorn's server, with a guard of its connections."""

import uvicorn

from .guard import Guard

TICKS_PER_S = 10  # of uvicorn's main loop


class Server(uvicorn.Server):
    """Serves with uvicorn, and lets the guard check all connections once a second."""

    def __init__(self, config: uvicorn.Config, guard: Guard) -> None:
        super().__init__(config)
        self.server_state = self._guard = guard

    async def on_tick(self, counter: int) -> bool:
        """uvicorn calls this ten times a second."""
        if counter % TICKS_PER_S == 0:
            self._guard.sweep()
        return await super().on_tick(counter)
