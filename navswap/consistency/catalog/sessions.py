"""Sessions: every user with a session exists."""

from navswap.consistency.invariant import Finding, Invariant, View
from navswap.features.users.storage import SessionDocument, UserDocument


class SessionsBelongToUsers(Invariant):
    """No session outlives its user, and none ends before it began."""

    statement = "Each session belongs to a user and ends after it began."

    async def examine(self, view: View, finding: Finding) -> None:
        """Read all sessions."""
        users = await view.ids(UserDocument)
        async for session in view.read(SessionDocument):
            finding.examined += 1
            ended_at = session["ended_at"] or session["expires_at"]
            if session["user_id"] not in users:
                finding.offend(f"session {session['_id']}", f"belongs to no user: {session['user_id']}")
            elif min(ended_at, session["expires_at"]) < session["started_at"]:
                finding.offend(f"session {session['_id']}", "ended before it began")
