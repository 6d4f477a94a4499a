import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import type { Exchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { getOperationAST, type DocumentNode } from "graphql";
import type { TypedDocumentString } from "./gql/graphql.js";

/** What `navswap schema --manifest` writes, and `@apollo/generate-persisted-query-manifest`. */
export interface Manifest {
  operations: readonly { id: string; name: string }[];
}

function idsIn(manifest: Manifest): (document: DocumentNode) => string {
  const ids = new Map(manifest.operations.map(({ id, name }) => [name, id]));
  return (document) => {
    const name = getOperationAST(document)?.name?.value ?? "";
    const id = ids.get(name);
    if (!id) throw new Error(`${name} is not in the manifest`);
    return id;
  };
}

/** Goes before the HttpLink. */
export function apolloLink(manifest: Manifest): PersistedQueryLink {
  return new PersistedQueryLink({ generateHash: idsIn(manifest) });
}

/** Goes before the fetchExchange. */
export function urqlExchange(manifest: Manifest): Exchange {
  const idOf = idsIn(manifest);
  return persistedExchange({
    preferGetForPersistedQueries: false,
    enableForMutation: true,
    enableForSubscriptions: true,
    generateHash: async (_text, document) => idOf(document),
  });
}

/** The body of a request, or the payload of a subscription, by the id that graphql-codegen gave the document. */
export function byId<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables) {
  const sha256Hash: unknown = document.__meta__?.["hash"];
  return { query: "", variables, extensions: { persistedQuery: { version: 1, sha256Hash } } };
}
