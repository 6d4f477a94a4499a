"""The live twin: riders, stations, transporters, staff and shops as clients of a running NavSwap.

Agents are asyncio tasks of one process. They know the server by its public API alone, GraphQL over HTTP and
graphql-transport-ws, and import no service and no store. What they are dealt by chance comes from keyed draws.
"""
