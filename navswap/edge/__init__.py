"""The edge: GraphQL over HTTP and websockets, and the limits that every request passes."""
