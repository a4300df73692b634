"""DynamoDB, S3, SQS and Step Functions behind the ports."""
