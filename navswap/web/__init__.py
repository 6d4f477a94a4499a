"""What a web process serves beside GraphQL: health, metrics, GraphiQL."""
