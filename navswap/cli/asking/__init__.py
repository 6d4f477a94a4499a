"""The API from the shell, as any client meets it: documents, sessions, requests and streams, and answers as rows."""
