"""The doors to the outside: MongoDB, Redis, Kafka, logs and metrics. Nothing here knows the business."""
