"""What is remembered: records by kind and region, files, and places in S3."""
