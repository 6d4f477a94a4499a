"""What every slice's GraphQL needs: context, access, refusals, nodes, streams, limits. Knows no slice."""
