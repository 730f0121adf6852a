"""The agent of a Caisson sandbox: a supervisor (pid 1) and a worker (the user's code).

It holds no secret and decides nothing: every rule that matters is enforced outside the sandbox.
Only the standard library is used.
"""

VERSION = "0.1.0"
