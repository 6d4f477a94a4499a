"""Compiled execution: an operation that comes again runs as Python code that was written for it.

graphql-core walks the selections for every object of every answer. Here they are walked once per operation: `generation`
writes one function for the whole operation, with a line or two for each selected field, and `plans` keeps it for as long
as the parsed document lives. The one entrance is `executor.CompiledExecutor`.

The code handles what is ordinary: attributes of views, resolvers, nested objects, lists, scalars, enums, fragments and
aliases, `@skip` and `@include`. A value that is anything else (null where none may be, another class, an exception, an
awaitable) goes to `run.Run`, which hands that one value, already read, to graphql-core: so the errors, their paths and the
way nulls travel are graphql-core's own. Awaitables are collected, awaited together and completed column by column, one
column for each selected field, in place of a task for each row.

What the answer is equal to is proven by `tests/edge/execution`: generated documents on generated data, run by both.
"""
