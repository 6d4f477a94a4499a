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
      // @oneOf is GraphQL's own; the printer of Strawberry defines it for older clients, and describes it nowhere.
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          DirectiveDefinition: true,
          rootField: true,
          ignoredSelectors: ["[type=DirectiveDefinition][name.value=oneOf]"],
        },
      ],
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
