// The published rules for schemas and for Relay; each rule that is off or eased has its reason.
import graphql from "@graphql-eslint/eslint-plugin";

export default [
  {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: "schema.graphql" } } },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,
      // Most types are values without an identity (payloads, snapshots, places, sums); what has one is a Relay node.
      "@graphql-eslint/strict-id-in-types": "off",
      // Pages are read forwards only.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
      // A plain list is bounded and needs no cursor: the slots of a station, the points of a trail.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
];
